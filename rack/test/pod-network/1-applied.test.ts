import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REPOSITORY } from "../../cli/paths";
import { loopbackControlPlane, type LoopbackControlPlane } from "../unit/loopback-control-plane";
import { cliProject, type CliProject } from "../unit/plugins-cli.fakes";

const COMPONENTS = path.join(REPOSITORY, "components");
const PASSWORD = "bgpW0rd";

/** A person's manifests in the worst order: what everything needs comes last. */
const manifests = (version: string) => `
apiVersion: example.com/v1
kind: OwnNetwork
metadata: { name: pods, namespace: own-network }
spec: { cidr: 10.244.0.0/16 }
---
apiVersion: v1
kind: Secret
metadata: { name: peers, namespace: own-network }
stringData: { password: ${PASSWORD} }
---
apiVersion: v1
kind: Service
metadata: { name: controller, namespace: own-network }
spec: { selector: { app: controller }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: controller, namespace: own-network }
spec:
  selector: { matchLabels: { app: controller } }
  template:
    metadata: { labels: { app: controller } }
    spec: { containers: [{ name: controller, image: "example.com/controller:v1" }] }
---
apiVersion: autoscaling/${version}
kind: HorizontalPodAutoscaler
metadata: { name: controller, namespace: own-network }
spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: controller } }
---
${fs.readFileSync(path.join(REPOSITORY, "rack/stacks/manifests/flannel.yaml"), "utf8").match(/^apiVersion: apiextensions[^]*?(?=^---)/m)![0]}
---
apiVersion: v1
kind: Namespace
metadata: { name: own-network }
`;

const program = (version: string) => `
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
import { parseCluster } from "${COMPONENTS}/config/parse";
import { installAddons } from "${COMPONENTS}/addons/install";
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhZRneoxSyQT79Jo3zMkKAMFVWLX34/xJyp8BWoltF8";
const spec = parseCluster({
  machines: { kind: "ssh", hosts: [{ name: "m0", address: "10.0.0.1", hostKey: key }] },
  endpoint: { kind: "kube-vip-arp", address: "10.0.0.100" },
  network: { kind: "manifests", manifests: [{ text: ${JSON.stringify(manifests(version))} }] },
}, { name: "lab" });
const parent = new pulumi.ComponentResource("plugins:index:Lab", "lab");
const formation = new local.Command("lab-form", { create: "cat cluster/kubeconfig", logging: "none" }, { additionalSecretOutputs: ["stdout"] });
const whole = { joins: [formation], last: formation };
installAddons({ name: "lab", spec, parent }, { kubeconfig: formation.stdout, formation, ...whole }, pulumi.output("10.0.0.100"));
`;

/** By the real plugin and a real API server, in which no pod runs. */
let project: CliProject;
let cluster: LoopbackControlPlane;
const up = (...args: string[]) => project.pulumi("up", "--yes", "--skip-preview", ...args);
const uidOfScaler = async () =>
  (
    await cluster.get<{ metadata: { uid: string } }>(
      "/apis/autoscaling/v2/namespaces/own-network/horizontalpodautoscalers/controller",
    )
  )?.metadata.uid;

beforeAll(async () => {
  project = await cliProject();
  cluster = await loopbackControlPlane(project.file("cluster"));
  project.program(program("v1"));
}, 120_000);
afterAll(async () => {
  await cluster.stop();
  project.remove();
});

test("manifests in any order are applied, though no pod of theirs runs, and stay as they are at the next up", async () => {
  expect(await up()).toMatch(/12 created/);
  expect(await cluster.get("/apis/example.com/v1/namespaces/own-network/ownnetworks/pods")).toBeDefined();
  expect(await up("--expect-no-changes")).toMatch(/12 unchanged/);
}, 120_000);

test("a Secret's content is in no state in plain text", () => {
  const state = fs.readFileSync(project.file("state/.pulumi/stacks/plugins/test.json"), "utf8");
  for (const text of [PASSWORD, Buffer.from(PASSWORD).toString("base64")]) expect(state).not.toContain(text);
  expect(state).toContain("lab-manifests-own-network/peers");
});

test("an object in another version of its group is edited, not made anew and deleted", async () => {
  const before = await uidOfScaler();
  expect(before).toBeDefined();
  project.program(program("v2"));
  expect(await up()).toMatch(/1 updated/);
  expect(await uidOfScaler()).toBe(before);
}, 120_000);
