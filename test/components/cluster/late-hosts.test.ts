import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { BALANCERS, host, hostKey, hosts, overSsh } from "../config/samples";
import { cluster } from "./lab";

const made = (...numbers: number[]) => ({
  kind: "ssh",
  hosts: numbers.map(n =>
    host(n, { address: pulumi.output(`10.0.0.${n}`), hostKey: pulumi.output(hostKey(n)), sshHost: undefined }),
  ),
});

describe("machines that another resource makes", () => {
  test("are asked for the same as machines that are written down", async () => {
    const sections = (machines: typeof made | typeof hosts) =>
      overSsh({
        machines: machines(11, 12, 13),
        endpoint: { ...BALANCERS, machines: machines(8, 9) },
        workers: [{ name: "general", machines: machines(21) }],
      });
    const written = await cluster(sections(hosts));
    const late = await cluster(sections(made));
    const asked = ({ resources }: typeof written) =>
      resources
        // The component's own inputs show the spec, where no Output is opened.
        .filter(({ type }) => type !== "rackplane:index:Cluster")
        .map(({ type, name, inputs }) => [type, name, asGiven(inputs)])
        .sort();
    expect(asked(late)).toEqual(asked(written));
  });
});

/** A preflight's request tells the time at which it was made, and a grant may have a key or a group of its own. */
const asGiven = (inputs: unknown): string =>
  JSON.stringify(inputs)
    .replace(/epoch=\d+/g, "")
    .replace(/\\"answerKey\\":\\"[^"]+"/g, "")
    .replace(/(rackplane:kubeconfig:[a-z]+:)[0-9a-f]+/g, "$1");
