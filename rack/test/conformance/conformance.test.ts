import execa from "execa";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { figure, rackplane, whole } from "../../../bench/rack";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { inOps, operatorFiles } from "../../cli/operator";
import { cacheDir } from "../../topology";
import { freshStack } from "../fresh-stack";

const STACK = "rack-services-bgp";
const IMAGES = ["agnhost:2.56", "jessie-dnsutils:1.7"].map(image => `registry.k8s.io/e2e-test-images/${image}`);

/** Kubernetes' own tests, by the words in their names. */
const WANTED = String.raw`\[sig-network\].*\[Conformance\]`;
/** They pull nginx, which cannot be had here. */
const LEFT_OUT = "EndpointSlice should support a Service with multiple";

/** Minutes for all of them, one after the other; ginkgo then ends them and says which it was at. */
const LONGEST = 40;

beforeAll(() =>
  withStackFile(
    STACK,
    text => text.replace("config:\n", `config:\n  rack:images: [${IMAGES.map(image => `"${image}"`).join(", ")}]\n`),
    () => freshStack(STACK, whole(3, { workers: 2 })),
  ),
);
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

test(
  "Kubernetes' conformance tests of the network pass through the VIP",
  async () => {
    const files = operatorFiles();
    if (files === undefined) throw new Error("found no cluster, expected the one that was brought up");
    const child = execa(
      "ip",
      inOps([
        path.join(cacheDir(), "bin", "e2e.test"),
        `--kubeconfig=${files.kubeconfig}`,
        `--kubectl-path=${path.join(cacheDir(), "bin", "kubectl")}`,
        "--provider=skeleton",
        `--ginkgo.focus=${WANTED}`,
        `--ginkgo.skip=${LEFT_OUT}`,
        `--ginkgo.timeout=${LONGEST}m`,
        "--ginkgo.no-color",
        "--ginkgo.succinct",
      ]),
      { reject: false, all: true, stdin: "ignore", maxBuffer: 1 << 30 },
    );
    const { exitCode, all = "" } = await child;
    const log = path.join(cacheDir(), "conformance.log");
    fs.writeFileSync(log, all);
    const [, ran = "0", seconds = "0"] = /^Ran (\d+) of \d+ Specs in ([\d.]+) seconds$/m.exec(all) ?? [];
    figure("conformance tests of the network, seconds", `${ran}, ${seconds}`);
    const failed = all.split("\n").filter(line => /^\s*\[FAIL\]/.test(line));
    expect(failed, `the whole of it is in ${log}`).toEqual([]);
    expect(exitCode, all.slice(-3000)).toBe(0);
    expect(Number(ran)).toBeGreaterThanOrEqual(40);
  },
  (LONGEST + 5) * 60_000,
);
