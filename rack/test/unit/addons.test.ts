import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPlugins, WITHOUT_CLUSTER } from "../../plugins/home";
import { controlPlaneIsBuilt, loopbackControlPlane, type LoopbackControlPlane } from "./loopback-control-plane";
import { cliIsBuilt, cliProject, type CliProject, kubernetesPlugin } from "./plugins-cli.fakes";

const COMPONENTS = path.resolve(__dirname, "../../../components");

/** What a cluster puts into itself, and of the rest only a command that knows the kubeconfig once it has run. */
const program = (backend: string) => `
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
import { parseCluster } from "${COMPONENTS}/config/parse";
import { installAddons } from "${COMPONENTS}/addons/install";
import { kubernetesProvider } from "${COMPONENTS}/addons/provider";
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhZRneoxSyQT79Jo3zMkKAMFVWLX34/xJyp8BWoltF8";
const spec = parseCluster({
  machines: { kind: "ssh", hosts: [{ name: "m0", address: "10.0.0.1", hostKey: key }] },
  endpoint: { kind: "kube-vip-arp", address: "10.0.0.100" },
  network: { backend: "${backend}" },
}, { name: "lab" });
const parent = new pulumi.ComponentResource("plugins:index:Lab", "lab");
const formation = new local.Command("lab-form", { create: "cat cluster/kubeconfig", logging: "none" }, { additionalSecretOutputs: ["stdout"] });
const context = { name: "lab", spec, parent };
const provider = kubernetesProvider(context, { kubeconfig: formation.stdout, after: [formation] });
installAddons(context, { provider, formation, last: formation }, pulumi.output("10.0.0.100"));
`;

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState: { readonly type: string; readonly inputs: object };
}
interface Live {
  readonly metadata: { readonly uid: string; readonly generation?: number };
  readonly data?: { readonly "net-conf.json": string };
}
const CONFIG = "/api/v1/namespaces/kube-flannel/configmaps/flannel";
const DAEMON_SET = "/apis/apps/v1/namespaces/kube-flannel/daemonsets/flannel";

const ready = cliIsBuilt("addons") && pluginIsBuilt() && controlPlaneIsBuilt();

function pluginIsBuilt(): boolean {
  const built = kubernetesPlugin() !== undefined;
  if (!built) process.stderr.write("addons: skipped, because pulumi-resource-kubernetes is not built yet\n");
  return built;
}

describe.skipIf(!ready)("what is put into a cluster, by the real plugin and a real API server", () => {
  let project: CliProject;
  let cluster: LoopbackControlPlane;
  const pulumi = (...args: string[]) => project.pulumi(...args);
  const up = (...args: string[]) => pulumi("up", "--yes", "--skip-preview", ...args);

  /** The objects of a preview, with their inputs. */
  async function planned() {
    const { steps } = JSON.parse(await pulumi("preview", "--json")) as { steps: Step[] };
    return steps
      .filter(({ newState }) => newState.type.startsWith("kubernetes:"))
      .map(({ op, urn, newState }) => ({ op, urn, inputs: newState.inputs }))
      .sort((a, b) => a.urn.localeCompare(b.urn));
  }

  beforeAll(async () => {
    project = await cliProject();
    cluster = await loopbackControlPlane(project.file("cluster"));
    project.program(program("vxlan"));
  }, 120_000);
  afterAll(async () => {
    await cluster.stop();
    project.remove();
  });

  it("is planned alike by the real plugin and by the one that a first preview does with", async () => {
    const real = await planned();
    expect(real.map(({ urn }) => urn.split("::").at(-1))).toContain("lab-flannel-daemonset");
    installPlugins(project.file("bin"), project.file("home"), { kubernetes: WITHOUT_CLUSTER });
    const without = await planned();
    installPlugins(project.file("bin"), project.file("home"));
    expect(without).toEqual(real);
  }, 120_000);

  it("comes up, and then neither the program nor a refresh finds anything to change", async () => {
    expect(await up()).toMatch(/\d+ created/);
    expect((await cluster.get<Live>(CONFIG))?.data?.["net-conf.json"]).toContain('"Type":"vxlan"');
    expect(await up("--expect-no-changes")).toMatch(/\d+ unchanged/);
    expect(await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")).toMatch(/\d+ unchanged/);
  }, 120_000);

  it("is edited in place: other settings of the pod network replace nothing, and start its pods again", async () => {
    const before = [await cluster.get<Live>(CONFIG), await cluster.get<Live>(DAEMON_SET)];
    project.program(program("host-gw"));
    const told = await up();
    expect(told).toContain("2 updated");
    expect(told).not.toContain("replaced");
    const after = [await cluster.get<Live>(CONFIG), await cluster.get<Live>(DAEMON_SET)];
    expect(after.map(object => object?.metadata.uid)).toEqual(before.map(object => object?.metadata.uid));
    expect(after[0]?.data?.["net-conf.json"]).toContain('"Type":"host-gw"');
    expect(after[1]?.metadata.generation).toBe((before[1]?.metadata.generation ?? 0) + 1);
  }, 120_000);

  it("is forgotten with the cluster: an API server that is gone is not waited for", async () => {
    await cluster.stop();
    expect(await pulumi("destroy", "--yes", "--skip-preview")).toMatch(/\d+ deleted/);
    expect(fs.readFileSync(project.file("state/.pulumi/stacks/plugins/test.json"), "utf8")).not.toContain("flannel");
  }, 120_000);
});
