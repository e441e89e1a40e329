import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { PRIVATE_KEY, PUBLIC_KEY, UUID } from "../config/samples";
import { indices, lab, MD5_PASSWORD, type LabArgs } from "./lab";
import type { Registration } from "./recorder";

/**
 * What the engine would do about an edit: the inputs that differ and are not ignored, and the resources that come
 * and go. The rest of the cluster is left alone. The component's own inputs are a record for policies, and run nothing.
 */
async function edit(from: LabArgs, to: LabArgs): Promise<string[]> {
  const resourcesOf = async (args: LabArgs) => (await lab(args)).resources.filter(({ kind }) => kind !== "component");
  const [before, after] = [await resourcesOf(from), await resourcesOf(to)];
  const named = (resources: readonly Registration[]) => new Map(resources.map(resource => [resource.name, resource]));
  const [old, now] = [named(before), named(after)];
  return [
    ...before.filter(({ name }) => !now.has(name)).map(({ name }) => `- ${name}`),
    ...after.flatMap(resource => {
      const was = old.get(resource.name);
      if (was === undefined) return [`+ ${resource.name}`];
      return [...new Set([...Object.keys(was.inputs), ...Object.keys(resource.inputs)])]
        .filter(
          key => !resource.ignoreChanges.includes(key) && !isDeepStrictEqual(was.inputs[key], resource.inputs[key]),
        )
        .map(key => `~ ${resource.name}: ${key}`);
    }),
  ].sort();
}

/** The same change of every member: one verb, run on one machine after the other. */
const members = (...inputs: string[]): string[] =>
  indices(3)
    .flatMap(i => inputs.map(input => `~ lab-cp-${i}-member: ${input}`))
    .sort();

describe("an edit reaches running machines by their members alone:", () => {
  test.each<[string, LabArgs]>([
    ["another Kubernetes version", { kubernetesVersion: "1.35.2" }],
    ["another kube-vip", { endpoint: { image: "ghcr.io/kube-vip/kube-vip:v0.9.2" } }],
    ["another hold time", { endpoint: { holdSeconds: 9, keepaliveSeconds: 3 } }],
    ["kubelet settings", { kubelet: { maxPods: 200 } }],
    ["kube-proxy settings", { kubeProxy: { mode: "nftables" } }],
    ["ordinary pods on the control plane", { controlPlane: { schedulable: true } }],
    ["names for the certificate", { apiServerNames: ["api.example.com"] }],
    ["mirrors", { mirrors: { images: { "registry.k8s.io": "https://mirror.example.com" } } }],
    ["deadlines", { deadlines: { member: 900 } }],
  ])("%s", async (_what, args) => {
    expect(await edit({}, args)).toEqual(members("stdin"));
  });

  // The copy is not made again for another way to the machine, but the next one goes by it.
  const connections = [
    ...members("connection"),
    ...indices(3).map(i => `~ lab-cp-${i}-program: connection`),
    "~ lab-retire: connection",
  ];

  test("another SSH key pair, of which the public half goes to the project", async () => {
    const other = { publicKey: PUBLIC_KEY.replace("me@", "you@"), privateKey: PRIVATE_KEY.replace("MC4", "MC5") };
    expect(await edit({}, { ssh: other })).toEqual([...connections, "~ lab-ssh-key: publicKey"].sort());
  });

  test("a private key given to the agent instead", async () => {
    expect(await edit({}, { ssh: { publicKey: PUBLIC_KEY } })).toEqual([...connections].sort());
  });

  test("another flannel, which is in the cluster too", async () => {
    expect(await edit({}, { network: { flannelImage: "ghcr.io/flannel-io/flannel:v0.27.0" } })).toEqual([
      ...members("stdin"),
      "~ lab-flannel-daemonset: spec",
    ]);
  });

  // flannel's pods read their settings when they start: the DaemonSet's edit is what starts them again.
  test("another pod network, which is flannel's too", async () => {
    expect(await edit({}, { network: { podCidr: "10.200.0.0/16" } })).toEqual([
      ...members("stdin"),
      "~ lab-flannel-config: data",
      "~ lab-flannel-daemonset: spec",
    ]);
  });
});

describe("an edit never replaces what runs:", () => {
  test.each<[string, LabArgs["machines"]]>([
    ["another plan", { plan: "m3.large.x86" }],
    ["another operating system", { operatingSystem: "debian_12" }],
    ["other metros", { metros: ["sv", "ny"] }],
    ["facilities instead of metros", { metros: undefined, facilities: ["sv15"] }],
    ["reserved hardware", { hardwareReservationIds: indices(3).map(i => UUID.replace(/.$/, String(i))) }],
    ["another billing cycle", { billingCycle: "monthly" }],
    ["another organisation", { project: { name: "lab", organizationId: UUID } }],
  ])("%s is for machines to come", async (_what, machines) => {
    expect(await edit({}, { machines })).toEqual([]);
  });

  test("tags are changed in place", async () => {
    expect(await edit({}, { machines: { tags: ["team-core"] } })).toEqual(indices(3).map(i => `~ lab-cp-${i}: tags`));
  });

  test("protection is no input", async () => {
    expect(await edit({}, { machines: { protect: true } })).toEqual([]);
  });

  test("another project, name aside, leaves the VIP and the machines where they are", async () => {
    const other = UUID.replace(/.$/, "0");
    expect(await edit({ machines: { project: { id: UUID } } }, { machines: { project: { id: other } } })).toEqual([
      "~ lab-ssh-key: projectId",
    ]);
  });

  test("an MD5 password is the project's", async () => {
    const machines = { project: { name: "lab", bgp: { md5Password: MD5_PASSWORD } } };
    expect(await edit({}, { machines })).toEqual(["~ lab-project: bgpConfig"]);
  });
});

describe("another number of machines", () => {
  /** Who stays is told to a member that sees off the others, and Nodes are awaited again. */
  const REST = ["~ lab-nodes: triggers", "~ lab-retire: stdin"];
  const perMachine = (sign: string, i: number) =>
    ["", "-bgp", "-join", "-member", "-prepared", "-program"].map(end => `${sign} lab-cp-${i}${end}`);

  test("adds new ones, and tells the others of them", async () => {
    expect(await edit({}, { controlPlane: { count: 5 } })).toEqual(
      [...perMachine("+", 3), ...perMachine("+", 4), ...members("stdin"), ...REST].sort(),
    );
  });

  test("takes the last ones away; the first and its formation stay", async () => {
    expect(await edit({ controlPlane: { count: 5 } }, {})).toEqual(
      [...perMachine("-", 3), ...perMachine("-", 4), ...members("stdin"), ...REST].sort(),
    );
  });
});

describe("another generation of a rented machine", () => {
  test("is another machine beside it, and the old one goes at the end; the formation stays", async () => {
    const ends = ["", "-bgp", "-join", "-member", "-prepared", "-program"];
    expect(await edit({}, { generations: { "lab-cp-0": 2 } })).toEqual(
      [
        ...ends.flatMap(end => [`- lab-cp-0${end}`, `+ lab-cp-0-g2${end}`]),
        ...[1, 2].map(i => `~ lab-cp-${i}-member: stdin`),
        "~ lab-retire: stdin",
      ].sort(),
    );
  });
});

test("saying what is the default anyway changes nothing", async () => {
  const said: LabArgs = {
    name: "lab",
    kubernetesVersion: "1.34.3",
    controlPlane: { count: 3 },
    endpoint: { port: 6443 },
    machines: { tags: [] },
    generation: 0,
    generations: { "lab-cp-1": 0 },
    protect: false,
  };
  expect(await edit({}, said)).toEqual([]);
});
