import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { sealAnswer } from "../../../cloud-init/contract/answer";
import type { Grant } from "../../../cloud-init/contract/grant";
import { Cluster } from "../../../components";
import type { ClusterArgs } from "../../../components/config/args";
import { DAY } from "../../../components/membership/due";
import { Authority } from "../../cloud-init/node/certificates";
import { answers, ENCRYPTION_KEY, KUBECONFIG, labArgs, PKI } from "./lab";
import { record, type Answer, type Recording, type Registration } from "./recorder";
import { SECRET } from "./values";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-kubeconfigs-"));
let caCertificate = "";
beforeAll(() => {
  caCertificate = new Authority(folder).certificate;
});
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => vi.useRealTimers());

/** A cluster whose CA has a date, as it is asked for so many days after its formation. */
async function aged(days: number, kubeconfigs: ClusterArgs["kubeconfigs"] = {}): Promise<Recording<Cluster>> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + days * DAY });
  const answer: Answer = resource => {
    if (!resource.name.endsWith("-form")) return answers(resource);
    const { answerKey = "" } = granted(resource);
    const formed = JSON.stringify({ pki: { ...PKI, "ca.crt": caCertificate }, encryptionKey: ENCRYPTION_KEY });
    return { id: resource.name, outputs: { stdout: sealAnswer(answerKey, formed), stderr: "" } };
  };
  try {
    return await record(() => new Cluster("lab", labArgs({ kubeconfigs })), { answer });
  } finally {
    vi.useRealTimers();
  }
}
const granted = ({ inputs }: Pick<Registration, "inputs">): Grant => JSON.parse(String(inputs.stdin)) as Grant;
const after = ({ dependsOn }: Registration): string[] => dependsOn.filter(name => /-(join|member)$/.test(name));

describe("the administrator's kubeconfig", () => {
  test("has a group of its own, which the machine binds, and is good for a year", async () => {
    const { find } = await aged(0);
    const { kubeconfig } = granted(find("lab-kubeconfig"));
    expect(kubeconfig).toMatchObject({ user: "rackplane:administrator", hours: 8760, generation: 0 });
    expect(kubeconfig?.groups).toEqual([expect.stringMatching(/^rackplane:kubeconfig:administrator:[0-9a-f]{12}$/)]);
  });

  test("is what it was in a stack of before, which has no trigger", async () => {
    expect((await aged(0)).find("lab-kubeconfig").inputs).not.toHaveProperty("triggers");
    expect((await aged(243)).find("lab-kubeconfig").inputs).not.toHaveProperty("triggers");
  });

  test.each<[string, number, ClusterArgs["kubeconfigs"], string]>([
    ["by the `up` that finds two thirds of its days over", 244, {}, "issue 1 of generation 0, good for 365 days"],
    ["for other days", 0, { administrator: { days: 90 } }, "issue 0 of generation 0, good for 90 days"],
    ["for another generation", 1, { administrator: { generation: 1 } }, "issue 0 of generation 1, good for 365 days"],
  ])("is issued anew %s, and the preview shows why", async (_what, days, kubeconfigs, trigger) => {
    const { find } = await aged(days, kubeconfigs);
    expect(find("lab-kubeconfig").inputs.triggers).toEqual([trigger]);
    expect(find("lab-kubeconfig").visible.triggers).toEqual([trigger]);
  });

  test("is minted beside the joins of the `up` that forms the cluster, and later after the last member", async () => {
    const [young, old] = [await aged(0), await aged(2)];
    expect([after(young.find("lab-kubeconfig")), after(old.find("lab-kubeconfig"))]).toEqual([
      ["lab-cp-0-join"],
      ["lab-cp-2-member"],
    ]);
    // Certificates may have ended: the plugin asks the API once, and calls it unreachable for the whole run.
    expect([after(young.find("lab-kubernetes")), after(old.find("lab-kubernetes"))]).toEqual([
      ["lab-cp-0-join", "lab-cp-1-join", "lab-cp-2-join"],
      ["lab-cp-0-join", "lab-cp-1-join", "lab-cp-2-join", "lab-cp-2-member"],
    ]);
  });
});

describe("a kubeconfig by name", () => {
  const CI = { ci: { days: 30, clusterRole: "view", groups: ["deployers"] } };
  const group = ({ find }: Recording<Cluster>): string => String(find("lab-kubeconfig-ci/group").inputs.stdin);

  test("has a group that the state keeps, the rights of that group, and a certificate of it", async () => {
    const cluster = await aged(0, CI);
    const own = group(cluster);
    expect(own).toMatch(/^rackplane:kubeconfig:ci:[0-9a-f]{12}$/);
    expect(cluster.find("lab-kubeconfig-ci/group").ignoreChanges).toEqual(["stdin"]);
    expect(cluster.find("lab-kubeconfig-ci/binding").inputs).toMatchObject({
      metadata: { name: own, labels: { "rackplane/kubeconfig": "ci" } },
      roleRef: { kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "Group", name: own }],
    });
    expect(granted(cluster.find("lab-kubeconfig-ci"))).toMatchObject({
      verb: "kubeconfig",
      kubeconfig: { user: "rackplane:ci", groups: [own, "deployers"], hours: 720 },
    });
    expect(granted(cluster.find("lab-kubeconfig-ci")).kubeconfig).not.toHaveProperty("generation");
  });

  test("is an output by its name, a secret, and the administrator's is not among them", async () => {
    const { outputs } = await aged(0, CI);
    expect(outputs.lab?.opened.kubeconfigs).toEqual({ ci: KUBECONFIG });
    expect(outputs.lab?.visible.kubeconfigs).toBe(SECRET);
  });

  test.each<[string, number, ClusterArgs["kubeconfigs"], string]>([
    ["at first", 0, CI, "issue 0 of generation 0, good for 30 days, groups deployers"],
    ["after twenty days", 20, CI, "issue 1 of generation 0, good for 30 days, groups deployers"],
    ["for other groups", 0, { ci: { days: 30 } }, "issue 0 of generation 0, good for 30 days"],
  ])("is issued by what its certificate says and when: %s", async (_what, days, kubeconfigs, told) => {
    const cluster = await aged(days, kubeconfigs);
    expect(cluster.find("lab-kubeconfig-ci").inputs.triggers).toEqual([`${told}, ${group(cluster)}`]);
  });

  test("has another group for another generation, and only then", async () => {
    const generation = async (number: number) =>
      (await aged(0, { ci: { generation: number } })).find("lab-kubeconfig-ci/group").inputs.triggers;
    expect([await generation(0), await generation(1)]).toEqual([[0], [1]]);
  });

  test("comes after the last member, of whichever member is reachable", async () => {
    const { find } = await aged(0, CI);
    expect(after(find("lab-kubeconfig-ci"))).toEqual(["lab-cp-2-member"]);
    expect(find("lab-kubeconfig-ci/binding").dependsOn).toContain("lab-cp-2-member");
  });
});

describe("a member", () => {
  test("is asked for its certificates by the first `up` after they come due, and the preview shows it", async () => {
    const [before, then] = [await aged(270), await aged(280)];
    const line = ({ find }: Recording<Cluster>) => String(find("lab-cp-1-member").visible.create);
    expect(granted(before.find("lab-cp-1-member")).certificates).toEqual({ renewDays: 90, timer: false });
    expect(granted(then.find("lab-cp-1-member")).certificates).toMatchObject({ endBefore: expect.any(Number) });
    expect(line(before)).not.toContain("#");
    expect(line(then)).toMatch(/ # certificates that end before \d{4}-\d\d-\d\d are renewed$/);
  });
});
