import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { userData } from "../../../cloud-init/user-data";
import { fingerprint } from "../../../components/machines/fingerprint";
import { type DeviceEvent, metalApi, MetalApiError } from "../../../components/machines/equinix-metal/events";
import { type Change, check, patience } from "../../../components/machines/equinix-metal/vouched";
import { plainNode } from "../../cloud-init/nodes";
import { record } from "../cluster/recorder";
import { METAL, parse, PUBLIC_KEY } from "../config/samples";

const key = (seed: number) =>
  `ssh-ed25519 ${Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from("ssh-ed25519"),
    Buffer.from([0, 0, 0, 32]),
    Buffer.alloc(32, seed),
  ]).toString("base64")}`;
const [OWN, OTHER, LATER] = [key(1), key(2), key(3)];

const spec = parse({ machines: METAL, ssh: { publicKey: PUBLIC_KEY } }, { credentials: true });
const told = (hostKey: string, created_at: string): DeviceEvent => ({
  body: `rackplane host key: ${hostKey}`,
  created_at,
});
const connected = (hostKey: string): Change["newInputs"] => ({ connection: pulumi.secret({ hostKey }) });

const { events } = metalApi;
const { wait, between } = patience;
let asked: [string, string][];
/** What the Metal API answers, one answer a question, the last one for ever. */
let answers: (readonly DeviceEvent[] | Error)[];
beforeEach(() => {
  asked = [];
  answers = [[told(OWN, "1")]];
  Object.assign(patience, { wait: 40, between: 5 });
  metalApi.events = async (device, token) => {
    asked.push([device, token]);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer ?? [];
  };
  vi.stubEnv("METAL_AUTH_TOKEN", "t0ken");
});
afterEach(() => {
  metalApi.events = events;
  Object.assign(patience, { wait, between });
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What `check` ends with: nothing, or the message of its refusal. */
async function checking(change: Change, { bootedWith = userData(plainNode), provider = {} } = {}): Promise<string> {
  const { result } = await record(
    async () => {
      const parent = new pulumi.ComponentResource("test:index:Cluster", "lab");
      vi.spyOn(parent, "getProvider").mockReturnValue(provider as pulumi.ProviderResource);
      const machine = {
        name: "lab-cp-0",
        key: "cp-0",
        identity: pulumi.output("device-0"),
        sshHost: pulumi.output("198.51.100.1"),
        userData: pulumi.output(bootedWith),
        learnedBy: new pulumi.ComponentResource("test:index:Command", "lab-cp-0-prepared", {}, { parent }),
      };
      return check({ name: "lab", spec, now: 0, parent }, machine, change).then(
        () => "",
        (error: unknown) => String(error),
      );
    },
    { answer: ({ name }) => ({ id: name, outputs: {} }) },
  );
  return result;
}

describe("the host key of a rented machine", () => {
  test("is good when its platform was told the same", async () => {
    expect(await checking({ newInputs: connected(OWN) })).toBe("");
    expect(asked).toEqual([["device-0", "t0ken"]]);
  });

  test("that its platform was not told is refused, with the machine, both fingerprints, and what to do", async () => {
    expect(await checking({ newInputs: connected(OTHER) })).toBe(
      [
        `Error: lab-cp-0: found the SSH host key ${fingerprint(OTHER)} at 198.51.100.1, expected ${fingerprint(OWN)}, which the machine told Equinix Metal when it booted.`,
        "Another SSH server answers in its place, or the machine was installed anew. No grant was sent to it.",
        "Look at what answers at 198.51.100.1 on the way from here. Then run 'pulumi up --replace \"urn:pulumi:test::rackplane::test:index:Cluster$test:index:Command::lab-cp-0-prepared\"', which asks for the key anew; replace the device of a machine that was installed anew.",
      ].join("\n"),
    );
  });

  test.each(["", "hello", `${OWN} ${OTHER}`])("%j, which is none, is refused", async answer => {
    expect(await checking({ newInputs: connected(answer), oldInputs: {} })).toContain(
      `found the SSH host key no host key but ${JSON.stringify(answer.slice(0, 40))}`,
    );
  });

  test("is the first one that was told: any program on the machine could tell another later", async () => {
    answers = [[told(OWN, "1"), told(LATER, "2")]];
    expect(await checking({ newInputs: connected(LATER) })).toContain(`expected ${fingerprint(OWN)}`);
    expect(await checking({ newInputs: connected(OWN) })).toBe("");
  });

  test("is waited for while the event is on its way, and while the API does not answer", async () => {
    patience.wait = 10_000;
    answers = [[], new MetalApiError(503, "GET /e was answered with 503"), [told(OWN, "1")]];
    expect(await checking({ newInputs: connected(OWN) })).toBe("");
    expect(asked).toHaveLength(3);
  });

  test("is asked for once: another program on a machine whose key is known asks nothing", async () => {
    expect(await checking({ oldInputs: connected(OWN), newInputs: connected(OWN) })).toBe("");
    expect(asked).toEqual([]);
  });

  test("is asked for again when the machine's first connection was made anew", async () => {
    expect(await checking({ oldInputs: connected(OWN), newInputs: connected(OTHER) })).toContain("No grant was sent");
  });

  test("is asked for with the token of the provider that the caller brought", async () => {
    const provider = { authToken: pulumi.secret("of the caller") };
    expect(await checking({ newInputs: connected(OWN) }, { provider })).toBe("");
    expect(asked).toEqual([["device-0", "of the caller"]]);
  });
});

describe("a platform that vouches for nothing", () => {
  test("is refused when it has no such events, with the setting that trusts what answers first", async () => {
    answers = [[{ body: "Provision complete!", created_at: "1" }]];
    const refusal = await checking({ newInputs: connected(OWN) });
    expect(refusal).toContain("lab-cp-0: found 1 events of device device-0 in the Metal API and no host key after");
    expect(refusal).toContain("ssh.hostKeys: first-use trusts what answers first instead");
  });

  test.each([
    [404, /ssh\.hostKeys: GET \/e was answered with 404, expected the events of lab-cp-0: this Metal API vouches/],
    [403, /ssh\.hostKeys: GET \/e was answered with 403, expected .* use a token that may read the device/],
  ])("is refused at once when it answers %i", async (status, words) => {
    answers = [new MetalApiError(status, `GET /e was answered with ${status}`)];
    expect(await checking({ newInputs: connected(OWN) })).toMatch(words);
    expect(asked).toHaveLength(1);
  });

  test("is refused when it never answers", async () => {
    answers = [new MetalApiError(undefined, "GET /e: connect ECONNREFUSED")];
    expect(await checking({ newInputs: connected(OWN) })).toContain(
      "lab-cp-0: the Metal API does not answer (GET /e: connect ECONNREFUSED) after",
    );
  });
});

test("a machine that booted with an earlier version's user data keeps the key that was learned, with a warning", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const earlier = userData(plainNode).replace(/^X-Host-Key: .*\n/m, "");
  expect(await checking({ newInputs: connected(OTHER) }, { bootedWith: earlier })).toBe("");
  expect(asked).toEqual([]);
  expect(String(warn.mock.calls[0]?.[0])).toContain(
    `lab-cp-0: booted with user data of an earlier version and told its platform no host key, so ${fingerprint(OTHER)}`,
  );
});
