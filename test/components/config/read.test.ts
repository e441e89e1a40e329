import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { ENDPOINT_KINDS } from "../../../components/config/endpoint/endpoint-kinds";
import { SERVICE_KINDS } from "../../../components/config/services/service-kinds";
import { MACHINE_KINDS, WORKER_KINDS } from "../../../components/config/machines/machine-kinds";
import { hasMetalCredentials, readClusterArgs } from "../../../components/config/read";
import { clusterSchema } from "../../../components/config/schema";
import { BGP, LEAST, METAL, PRIVATE_KEY, PUBLIC_KEY, given, host, overSsh, parse, refusal } from "./samples";

const yaml = (file: string): { config: Record<string, unknown> } =>
  parseYaml(readFileSync(join(__dirname, "../../..", file), "utf8")) as { config: Record<string, unknown> };

/** As Pulumi hands it to a program: text as it is, the rest as JSON. */
const stack = (config: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );

describe("the stack's configuration", () => {
  test("is read by key; other namespaces are left alone", () => {
    const args = readClusterArgs(
      stack({
        "rackplane:name": "core",
        "rackplane:machines": METAL,
        "rackplane:ssh": { publicKey: PUBLIC_KEY },
        "equinix-metal:authToken": "t",
      }),
    );
    expect(parse(args).name).toBe("core");
    expect(Object.keys(args)).toEqual(["name", "machines", "ssh"]);
  });

  test("an empty name, Pulumi.yaml's default, means the stack's", () => {
    expect(
      parse(readClusterArgs(stack({ "rackplane:name": "", "rackplane:machines": METAL, "rackplane:ssh": LEAST.ssh })))
        .name,
    ).toBe("prod");
  });

  test("a version stays text, as 1.30 is not 1.3", () => {
    expect(readClusterArgs({ "rackplane:kubernetesVersion": "1.30" }).kubernetesVersion).toBe("1.30");
  });

  test("a misspelt key reaches the parser, which knows the right one", () => {
    const { problems } = refusal({ ...given({}), ...readClusterArgs({ "rackplane:kubernetsVersion": "1.34.3" }) });
    expect(problems).toEqual([
      { propertyPath: "kubernetsVersion", reason: "no such setting; did you mean kubernetesVersion?" },
    ]);
  });

  test("text where an object belongs is refused by the parser, not by JSON", () => {
    const { problems } = refusal({ ...given({}), ...readClusterArgs({ "rackplane:controlPlane": "three" }) });
    expect(problems).toEqual([
      {
        propertyPath: "controlPlane",
        reason: 'found "three", expected an object with count, schedulable or isolation',
      },
    ]);
  });
});

describe("a token for Equinix Metal", () => {
  test.each([
    ["METAL_AUTH_TOKEN", { METAL_AUTH_TOKEN: "t" }, {}],
    ["PACKET_AUTH_TOKEN", { PACKET_AUTH_TOKEN: "t" }, {}],
    ["the stack's configuration", {}, { "equinix-metal:authToken": "t" }],
  ])("is found in %s", (_place, environment, config) => {
    expect(hasMetalCredentials(environment, config)).toBe(true);
  });
  test("is not found in an empty variable", () => {
    expect(hasMetalCredentials({ METAL_AUTH_TOKEN: "" }, {})).toBe(false);
  });
});

describe("the files a person copies", () => {
  test.each(["examples/equinix-metal.yaml", "examples/equinix-metal-adopted.yaml"])("%s parses", file => {
    const args = readClusterArgs(stack(yaml(file).config));
    expect(parse(args, { readFile: () => PUBLIC_KEY, credentials: true }).machines.kind).toBe("equinix-metal");
  });

  test.each(
    Object.keys(ENDPOINT_KINDS).map(kind => [kind, `examples/ssh-${kind.replace("kube-vip-", "")}.yaml`] as const),
  )("an endpoint of kind %s, on machines that exist, has %s, which parses", (kind, file) => {
    const spec = parse(readClusterArgs(stack(yaml(file).config)), { readFile: () => PRIVATE_KEY });
    expect([spec.machines.kind, spec.endpoint.kind, spec.controlPlane.count]).toEqual(["ssh", kind, 3]);
  });

  test("announce Services by the neighbours that the VIP has, unless they say otherwise", () => {
    const args = readClusterArgs(stack(yaml("examples/ssh-services.yaml").config));
    expect(parse(args, { readFile: () => PRIVATE_KEY }).services).toMatchObject({
      kind: "kube-vip-bgp",
      localAs: 65000,
      peers: [{ address: "10.0.0.1" }, { address: "10.0.0.2" }],
    });
  });

  test("connect pods by Cilium, in place of kube-proxy", () => {
    const args = readClusterArgs(stack(yaml("examples/ssh-cilium.yaml").config));
    expect(parse(args).network).toMatchObject({
      kind: "cilium",
      kubeProxyReplacement: true,
      chart: { version: "1.18.4" },
      values: { hubble: { relay: { enabled: true } } },
    });
  });

  test("put no private key into Pulumi's state", () => {
    const files = readdirSync(join(__dirname, "../../../examples"));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files)
      expect(Object.keys(yaml(`examples/${file}`).config["rackplane:ssh"] ?? {}), file).not.toContain("privateKeyPath");
  });

  test("Pulumi.yaml declares every key, and its defaults are the parser's", () => {
    const declared = yaml("Pulumi.yaml").config as Record<string, { default?: unknown }>;
    expect(Object.keys(declared)).toEqual(Object.keys(clusterSchema.shape));
    const defaults = Object.fromEntries(
      Object.entries(declared)
        .filter(([, { default: value }]) => value !== undefined)
        .map(([key, { default: value }]) => [`rackplane:${key}`, value]),
    );
    expect(parse({ ...readClusterArgs(stack(defaults)), ...LEAST })).toEqual(parse(LEAST));
  });
});

describe("each kind's example is enough", () => {
  test.each(Object.entries(MACHINE_KINDS))("machines of kind %s", (kind, { example }) => {
    const endpoint = kind === "ssh" ? ENDPOINT_KINDS.external.example : {};
    expect(parse({ ...LEAST, endpoint, machines: example }).machines.kind).toBe(kind);
  });
  test.each(Object.entries(WORKER_KINDS))("workers of kind %s", (kind, { example }) => {
    expect(parse({ ...LEAST, workers: [{ name: "pool", machines: example }] }).workers[0]?.machines.kind).toBe(kind);
  });
  test.each(Object.entries(ENDPOINT_KINDS))("an endpoint of kind %s", (kind, { example }) => {
    const machines = kind === "kube-vip-bgp" ? METAL : MACHINE_KINDS.ssh.example;
    expect(parse({ ...LEAST, machines, endpoint: example }).endpoint.kind).toBe(kind);
  });
  test.each(Object.entries(SERVICE_KINDS))("Services announced by %s", (kind, { example }) => {
    const workers = [{ name: "general", machines: { kind: "ssh", hosts: [host(21)] } }];
    expect(parse(overSsh({ endpoint: BGP, workers, services: example })).services?.kind).toBe(kind);
  });
});
