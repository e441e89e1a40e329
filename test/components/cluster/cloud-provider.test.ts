import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { Grant } from "../../../cloud-init/contract/grant";
import type { CloudProviderArgs } from "../../../components/config/cloud-provider/cloud-provider-kinds";
import type { ServicesArgs } from "../../../components/config/services/service-kinds";
import { METAL, UUID, hosts, overSsh } from "../config/samples";
import { cluster, lab } from "./lab";
import type { Recording } from "./recorder";
import { tree } from "./tree";

const golden = (name: string): string => join(__dirname, "golden", name);

const TOKEN = "t0ken0fThisProject";
const CLOUD: CloudProviderArgs = { kind: "equinix-metal", apiToken: TOKEN };
const ANNOTATIONS = { kind: "kube-vip-bgp", peers: "annotations" } as unknown as ServicesArgs;
const { project: _, ...rented } = METAL;
const pool = (name: string, ...metros: string[]) => ({ name, machines: { ...rented, metros, count: 1 } });

type Made = Recording<unknown>;
const made = (
  cloudProvider: CloudProviderArgs | undefined,
  services?: ServicesArgs,
  workers = [pool("general", "da")],
) =>
  lab({
    workers,
    ...(cloudProvider === undefined ? {} : { cloudProvider }),
    ...(services === undefined ? {} : { services }),
  });

const objects = ({ resources }: Made) =>
  resources.filter(({ name }) => name.startsWith("lab-cloud-provider-equinix-metal"));
const configOf = (recording: Made): Record<string, unknown> => {
  const { data } = recording.find("lab-cloud-provider-equinix-metal-config").inputs as { data: Record<string, string> };
  return JSON.parse(Buffer.from(data["cloud-sa.json"] ?? "", "base64").toString()) as Record<string, unknown>;
};
const flagsOf = ({ find }: Made, name: string): unknown =>
  (
    (JSON.parse(String(find(name).inputs.stdin)) as Grant).kubeadm?.join as {
      nodeRegistration: { kubeletExtraArgs: unknown };
    }
  ).nodeRegistration.kubeletExtraArgs;

describe("an external cloud provider", () => {
  test("is what it was, object for object", async () => {
    const recording = await made(CLOUD, ANNOTATIONS);
    const own = objects(recording);
    await expect(
      tree(recording.resources.filter(({ name }) => /^lab(-cloud-provider-.*)?$/.test(name))),
    ).toMatchFileSnapshot(golden("cloud-provider.txt"));
    const manifests = own
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, visible: { apiVersion, kind, ...rest } }) => [name, { apiVersion, kind, ...rest }]);
    await expect(`${JSON.stringify(Object.fromEntries(manifests), null, 2)}\n`).toMatchFileSnapshot(
      golden("cloud-provider.json"),
    );
  });

  test("is a flag of every kubelet, of members and workers, and without it of none", async () => {
    const [with_, without] = [await made(CLOUD), await made(undefined)];
    const flag = { name: "cloud-provider", value: "external" };
    for (const name of ["lab-form", "lab-cp-1-join", "lab-cp-2-member", "lab-general-0-worker"]) {
      expect(flagsOf(with_, name), name).toContainEqual(flag);
      expect(flagsOf(without, name), name).not.toContainEqual(flag);
    }
    expect(objects(without)).toEqual([]);
    expect(objects(await lab({ cloudProvider: {} as CloudProviderArgs }))).toEqual([]);
  });

  test("changes nothing of user data, which has no room", async () => {
    const userData = ({ all }: Made) => all("Device").map(({ inputs }) => inputs.userData);
    expect(userData(await made(CLOUD))).toEqual(userData(await made(undefined)));
  });

  test("has its token in a Secret that is secret in the state as well, and nowhere else", async () => {
    const recording = await made(CLOUD, ANNOTATIONS);
    const encoded = Buffer.from(TOKEN).toString("base64").slice(0, 20);
    for (const { name, visible } of recording.resources) {
      expect(JSON.stringify(visible), name).not.toContain(TOKEN);
      expect(JSON.stringify(visible), name).not.toContain(encoded);
    }
    expect(configOf(recording)).toMatchObject({ apiKey: TOKEN });
    expect(recording.find("lab-cloud-provider-equinix-metal-config").inputs).toMatchObject({ immutable: true });
  });

  test("leaves Services alone unless kube-vip asks annotations for its neighbours", async () => {
    const alone = configOf(await made(CLOUD));
    expect(Object.keys(alone).sort()).toEqual(["apiKey", "projectID"]);
    const rules = async (services?: ServicesArgs) =>
      JSON.stringify((await made(CLOUD, services)).find("lab-cloud-provider-equinix-metal-role").inputs.rules);
    expect(await rules()).not.toContain("services/status");
    expect(await rules(ANNOTATIONS)).toContain("services/status");
    expect(configOf(await made(CLOUD, ANNOTATIONS))).toMatchObject({ loadbalancer: "kube-vip://", metro: "da" });
  });

  test("reserves addresses in the workers' metro, in the one that is given, or where each Service says", async () => {
    const two = [pool("general", "da"), pool("large", "sv")];
    expect(configOf(await made(CLOUD, ANNOTATIONS, two))).not.toHaveProperty("metro");
    expect(configOf(await made({ ...CLOUD, metro: "SV" }, ANNOTATIONS, two))).toMatchObject({ metro: "sv" });
  });

  test("makes the program give workers their sessions and routes, which the controller takes as they are", async () => {
    const sessions = ({ all }: Made) => all("BgpSession").filter(({ name }) => name.startsWith("lab-general-"));
    expect(sessions(await made(CLOUD, ANNOTATIONS))).toHaveLength(1);
    expect(sessions(await made(undefined, ANNOTATIONS))).toEqual([]);
    expect(sessions(await made(CLOUD))).toEqual([]);
  });

  test("asks for the project that it is told where machines are not rented", async () => {
    const recording = await cluster(
      overSsh({ workers: [{ name: "general", machines: hosts(21) }], cloudProvider: { ...CLOUD, projectId: UUID } }),
    );
    expect(configOf(recording)).toMatchObject({ projectID: UUID.toLowerCase() });
  });

  test("takes a token that becomes known later", async () => {
    const late = await made({ ...CLOUD, apiToken: pulumi.output(TOKEN) });
    expect(configOf(late)).toMatchObject({ apiKey: TOKEN });
  });
});
