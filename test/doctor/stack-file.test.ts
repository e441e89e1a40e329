import { describe, expect, test } from "vitest";
import { readArguments } from "../../doctor/arguments";
import { machinesOf } from "../../doctor/machines";
import { machinesIn } from "../../doctor/outputs";
import { readStack, stackName } from "../../doctor/stack-file";
import { hostKey, PUBLIC_KEY } from "../components/config/samples";

const stackFile = (sections: object) => () => JSON.stringify({ config: sections });

const HOSTS = {
  "rackplane:name": "lab",
  "rackplane:machines": {
    kind: "ssh",
    hosts: [
      { name: "a", address: "10.0.0.11", hostKey: hostKey(1) },
      { name: "b", address: "10.0.0.12", hostKey: hostKey(2), sshHost: "b.example.com", port: 2222, user: "ops" },
      { name: "c", address: "10.0.0.13", hostKey: hostKey(3), bastion: { host: "198.51.100.9", hostKey: hostKey(9) } },
    ],
  },
  "rackplane:endpoint": {
    kind: "balancers",
    address: "10.0.0.10",
    virtualRouterId: 51,
    password: { secure: "v1:bm90aGluZw==" },
    machines: {
      kind: "ssh",
      hosts: [8, 9].map(n => ({ name: `lb-${n}`, address: `10.0.0.${n}`, hostKey: hostKey(n) })),
    },
  },
  "rackplane:workers": [
    { name: "w", machines: { kind: "ssh", hosts: [{ name: "w-0", address: "10.0.0.21", hostKey: hostKey(21) }] } },
  ],
};

const RENTED = {
  "rackplane:machines": {
    kind: "equinix-metal",
    project: { name: "lab", bgp: { md5Password: { secure: "v1:bm90aGluZw==" } } },
    plan: "c3.small.x86",
    operatingSystem: "debian_12",
    metros: ["da"],
  },
  "rackplane:cloudProvider": { kind: "equinix-metal", apiToken: { secure: "v1:bm90aGluZw==" } },
  "rackplane:ssh": { publicKey: PUBLIC_KEY, privateKey: { secure: "v1:bm90aGluZw==" } },
};

describe("a stack file", () => {
  test("may have encrypted keys of stores for backups, and of the one that a restore reads", () => {
    const encrypted = { secure: "v1:bm90aGluZw==" };
    const store = {
      kind: "s3",
      endpoint: "https://s3.example.com",
      bucket: "b",
      accessKey: encrypted,
      secretKey: encrypted,
    };
    const { spec } = readStack(
      "Pulumi.lab.yaml",
      stackFile({
        ...HOSTS,
        "rackplane:backups": { to: [{ kind: "machine" }, store], password: encrypted },
        "rackplane:restore": { from: store, password: encrypted },
      }),
    );
    expect(machinesOf(spec, new Map()).length).toBe(6);
  });

  test("says where machines that exist are, and by which key each is known; its secrets stay encrypted", () => {
    const { spec, key } = readStack("Pulumi.lab.yaml", stackFile(HOSTS));
    expect(key).toBeUndefined();
    const machines = machinesOf(spec, new Map());
    expect(machines.map(({ name, role }) => `${name} ${role}`)).toEqual([
      "a control-plane",
      "b control-plane",
      "c control-plane",
      "lb-8 balancer",
      "lb-9 balancer",
      "w-0 worker",
    ]);
    expect(machines[1]).toEqual({
      name: "b",
      role: "control-plane",
      host: "b.example.com",
      port: 2222,
      user: "ops",
      hostKey: hostKey(2),
    });
    expect(machines[2]?.bastion).toEqual({ host: "198.51.100.9", port: 22, user: "root", hostKey: hostKey(9) });
  });

  test("of rented machines does not say where they are: outputs do, or a person", () => {
    const { spec } = readStack("/some/where/Pulumi.lab.yaml", stackFile(RENTED));
    expect(() => machinesOf(spec, new Map([["lab-cp-1", "198.51.100.2"]]))).toThrow(
      "the stack file does not say where lab-cp-0, lab-cp-2 are; give --outputs",
    );
    const found = new Map([0, 1, 2].map(i => [`lab-cp-${i}`, `198.51.100.${i}`]));
    expect(machinesOf(spec, found).map(({ host, hostKey }) => [host, hostKey])).toEqual(
      [0, 1, 2].map(i => [`198.51.100.${i}`, undefined]),
    );
  });

  test("may name files beside it, or where the doctor was called", () => {
    const network = { kind: "manifests", manifests: [{ path: "net.yaml" }, { path: "here.yaml" }] };
    const told = stackFile({ ...HOSTS, "rackplane:network": network });
    const object = (name: string) => `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}}}`;
    const files: Record<string, string> = { "/stacks/net.yaml": object("beside"), "here.yaml": object("here") };
    const readFile = (name: string) => {
      if (name === "/stacks/Pulumi.lab.yaml") return told();
      if (files[name] === undefined) throw new Error(`ENOENT: ${name}`);
      return files[name];
    };
    const { spec } = readStack("/stacks/Pulumi.lab.yaml", readFile);
    expect(spec.network).toMatchObject({ manifests: [{ name: "beside" }, { name: "here" }] });
  });

  test.each([
    ["prod", "Pulumi.prod.yaml"],
    ["prod", "/x/Pulumi.prod.yml"],
    ["rack-bgp", "rack-bgp.yaml"],
  ])("of the stack %s may be called %s", (name, file) => expect(stackName(file)).toBe(name));

  test.each([
    ["is not there", undefined, /^none\.yaml: cannot be read \(ENOENT/],
    ["is no YAML", () => "config: [", /^none\.yaml: no YAML \(/],
    [
      "has no configuration",
      () => "name: x",
      /^none\.yaml: found no section config, expected one with rackplane:machines/,
    ],
    [
      "has several mistakes",
      stackFile({ "rackplane:machines": { kind: "shh" }, "rackplane:kubernetesVersion": "1.2" }),
      /^none\.yaml: the configuration has 3 problems:\n.*machines\.kind: found "shh"/s,
    ],
    [
      "is encrypted where the doctor has to read it",
      stackFile({ ...HOSTS, "rackplane:machines": { secure: "v1:bm90aGluZw==" } }),
      /^none\.yaml: .*machines/s,
    ],
  ])("that %s is refused with everything that is wrong", (_what, readFile, message) =>
    expect(() => readStack("none.yaml", readFile)).toThrow(message),
  );
});

describe("the outputs of a stack", () => {
  const [a, w] = [
    { name: "a", address: "10.0.0.1", sshHost: "198.51.100.1" },
    { name: "w", address: "10.0.0.9", sshHost: "198.51.100.9" },
  ];
  test.each([
    [{ machines: [a], workers: [w], kubeconfig: "[secret]" }, ["a", "w"]],
    [[a], ["a"]],
  ])("name the machines: %j", (outputs, names) =>
    expect([...machinesIn(JSON.stringify(outputs)).keys()]).toEqual(names),
  );
  test.each([
    ["{", "found no JSON"],
    ["{}", "found no machine with name and sshHost"],
    ['{"machines": [{"name": "a"}]}', "found no machine with name and sshHost"],
  ])("%s is none of them", (text, message) => expect(() => machinesIn(text)).toThrow(`--outputs: ${message}`));

  test("that name a machine of another stack are refused", () => {
    const { spec } = readStack("Pulumi.lab.yaml", stackFile(HOSTS));
    expect(() => machinesOf(spec, new Map([["z", "198.51.100.1"]]))).toThrow(
      "--machines, --outputs: found z, expected machines of the stack: a, b, c, lb-8, lb-9, w-0",
    );
  });
});

describe("the command line", () => {
  test("is read whole", () => {
    const argv = ["Pulumi.prod.yaml", "--machines", "a=10.0.0.1,b=b.example.com", "--json", "--inside"];
    expect(readArguments(argv)).toEqual({
      stackFile: "Pulumi.prod.yaml",
      machines: new Map([
        ["a", "10.0.0.1"],
        ["b", "b.example.com"],
      ]),
      inside: true,
      json: true,
      help: false,
    });
    expect(readArguments(["--help"]).help).toBe(true);
  });
  test.each([
    [[], "STACK-FILE: found none, expected one file, as Pulumi.prod.yaml"],
    [["a", "b"], "STACK-FILE: found a b, expected one file"],
    [["a", "--jason"], "Unknown option '--jason'"],
    [["a", "--machines", "b"], '--machines: found "b", expected NAME=HOST'],
    [["a", "--machines", "b=1,b=2"], "--machines: found b twice"],
    [["--machines", "b"], '--machines: found "b", expected NAME=HOST, as lab-cp-0=203.0.113.5\nSTACK-FILE: found none'],
  ])("%j is refused", (argv, message) => expect(() => readArguments(argv)).toThrow(message));
});
