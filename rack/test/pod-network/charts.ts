import execa from "execa";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { REPOSITORY } from "../../cli/paths";
import { cacheDir } from "../../topology";
import { cliProject } from "../unit/plugins-cli.fakes";

/** A chart, in a Go module of its project: no chart repository can be reached here. */
interface Chart {
  readonly kind: "cilium" | "calico";
  readonly module: string;
  readonly folder: string;
  /** Fields of `network` besides the kind and the chart. */
  readonly settings: object;
}

/**
 * Cilium's is the version that the product names. Of Calico the newest that is to be had is v3.28.5, of the oldest minor
 * that the product takes.
 */
export const CHARTS: readonly Chart[] = [
  {
    kind: "cilium",
    module: "github.com/cilium/cilium@v1.18.4",
    folder: "install/kubernetes/cilium",
    settings: { kubeProxyReplacement: true, mtu: 1500, values: { hubble: { relay: { enabled: true } } } },
  },
  {
    kind: "calico",
    module: "github.com/projectcalico/calico@v1.11.0-cni-plugin.0.20250813170300-a0db560f0520",
    folder: "charts/tigera-operator",
    settings: { mtu: 1500 },
  },
];

/** The chart's folder in the cache; fetched once, by Go's own client. */
async function chartFolder({ kind, module, folder }: Chart): Promise<string> {
  const kept = path.join(cacheDir(), "charts", `${kind}-${module.split("@")[1]}`);
  if (fs.existsSync(kept)) return kept;
  const { stdout } = await execa("go", ["mod", "download", "-json", module], { cwd: "/" });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const half = `${kept}.half`;
  fs.rmSync(half, { recursive: true, force: true });
  fs.cpSync(path.join(Dir, folder), half, { recursive: true });
  // Go's folders are read-only, and so are their copies.
  await execa("chmod", ["-R", "u+w", half]);
  fs.renameSync(half, kept);
  return kept;
}

export type KubernetesObject = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

/** What one chart installs. */
export interface Rendered {
  readonly kind: string;
  /** The release's namespace. */
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly objects: readonly KubernetesObject[];
}

const COMPONENTS = path.join(REPOSITORY, "components");

/** The product's add-ons for each chart, of which a preview tells the release with its values. */
const product = (charts: readonly { chart: Chart; folder: string }[], vip: string) => `
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
import { parseCluster } from "${COMPONENTS}/config/parse";
import { installAddons } from "${COMPONENTS}/addons/install";
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhZRneoxSyQT79Jo3zMkKAMFVWLX34/xJyp8BWoltF8";
const formation = new local.Command("form", { create: "true", logging: "none" }, { additionalSecretOutputs: ["stdout"] });
for (const network of ${JSON.stringify(charts.map(({ chart, folder }) => ({ kind: chart.kind, chart: { path: folder }, ...chart.settings })))}) {
  const name = network.kind;
  const spec = parseCluster({
    machines: { kind: "ssh", hosts: [{ name: "m0", address: "${vip.replace(/\d+$/, "250")}", hostKey: key }] },
    endpoint: { kind: "kube-vip-arp", address: "${vip}" },
    network,
  }, { name });
  const parent = new pulumi.ComponentResource("plugins:index:Lab", name);
  const whole = { joins: [formation], last: formation };
  installAddons({ name, spec, parent }, { kubeconfig: formation.stdout, formation, ...whole }, pulumi.output("${vip}"));
}
`;

interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Renders releases as the plugin's own Helm does, into folders. */
const renderer = (releases: readonly { kind: string; release: Release }[]) => `
import * as k8s from "@pulumi/kubernetes";
for (const { kind, release } of ${JSON.stringify(releases)}) {
  const provider = new k8s.Provider(kind, { renderYamlToDirectory: "rendered/" + kind });
  const { chart: path, namespace, values } = release;
  new k8s.helm.v3.Chart(release.name, { path, namespace, values, kubeVersion: "v1.34.3" }, { provider });
}
`;

/** Each chart with exactly the values that the product gives it, rendered by the real plugin. */
export async function render(vip: string): Promise<Rendered[]> {
  const charts = [];
  for (const chart of CHARTS) charts.push({ chart, folder: await chartFolder(chart) });
  const project = await cliProject();
  try {
    project.program(product(charts, vip));
    const { steps } = JSON.parse(await project.pulumi("preview", "--json")) as {
      steps: { urn: string; newState: { type: string; inputs: Release } }[];
    };
    const releases = charts.map(({ chart: { kind } }) => {
      const step = steps.find(({ urn }) => urn.endsWith(`::${kind}-${kind}-release`));
      if (step?.newState.type !== "kubernetes:helm.sh/v3:Release")
        throw new Error(`${kind}: the preview has no release`);
      return { kind, release: step.newState.inputs };
    });
    project.program(renderer(releases));
    await project.pulumi("up", "--yes", "--skip-preview");
    return releases.map(({ kind, release: { namespace, values } }) => ({
      kind,
      namespace,
      values,
      objects: objectsIn(project.file(`rendered/${kind}`)),
    }));
  } finally {
    project.remove();
  }
}

const objectsIn = (folder: string): KubernetesObject[] =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(file => file.endsWith(".yaml"))
    .flatMap(file => parseAllDocuments(fs.readFileSync(path.join(folder, file), "utf8")))
    .map(document => document.toJS() as KubernetesObject);
