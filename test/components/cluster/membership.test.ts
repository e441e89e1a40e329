import { afterEach, describe, expect, test, vi } from "vitest";
import { launch } from "../../../cloud-init/launch";
import type { Grant } from "../../../cloud-init/contract/grant";
import { PKI_FILES } from "../../../cloud-init/contract/pki";
import { Cluster } from "../../../components";
import { programArchive } from "../../../cloud-init/program";
import { host, PRIVATE_KEY, PUBLIC_KEY } from "../config/samples";
import {
  PKI,
  address,
  answers,
  deviceId,
  hostKey,
  indices,
  KUBECONFIG,
  lab,
  labArgs,
  type LabArgs,
  MD5_PASSWORD,
} from "./lab";
import { record, type Answer, type Registration } from "./recorder";
import { SECRET, texts } from "./values";

const granted = ({ inputs }: Registration): Grant => JSON.parse(String(inputs.stdin)) as Grant;
const WORKERS: LabArgs["workers"] = [{ name: "own", machines: { kind: "ssh", hosts: [host(21), host(22)] as never } }];
const member = (i: number): string => `lab-cp-${i}-member`;
const prepared = (i: number): string => `lab-cp-${i}-prepared`;
const machine = (i: number) => ({ name: `lab-cp-${i}`, address: address(i) });

afterEach(() => vi.unstubAllEnvs());

describe("prepared", () => {
  test("waits on each machine, all of them at once", async () => {
    const { find } = await lab();
    for (const i of indices(3)) {
      const { propertyDependencies, dependsOn } = find(prepared(i));
      expect(propertyDependencies.connection).toEqual([`lab-cp-${i}`]);
      expect(dependsOn).toEqual([`lab-cp-${i}`, `lab-cp-${i}-bgp`]);
    }
  });

  test("is the only command without a host key; every later one checks the key that it learnt", async () => {
    const { all } = await lab();
    for (const { name, inputs } of all("Command")) {
      const i = Number(/-cp-(\d)/.exec(name)?.[1] ?? 0);
      const { hostKey: checked } = inputs.connection as { hostKey?: string };
      expect([name, checked]).toEqual([name, name.endsWith("-prepared") ? undefined : hostKey(i)]);
    }
  });

  test("hands over a script and nothing else: its machine is not known yet, and errors quote the whole command", async () => {
    const { find } = await lab();
    const { create, stdin } = find(prepared(0)).inputs;
    expect(create).toBe("sh -s");
    expect(stdin).toMatch(/^p=\/opt\/rackplane\/bin\/rackplane; .*; exec \$p await prepared$/);
  });

  test("runs again for another machine and for nothing else", async () => {
    const { find } = await lab();
    const command = find(prepared(1));
    expect(command.inputs.triggers).toEqual([deviceId(1)]);
    expect(command.ignoreChanges).toEqual(["connection", "create", "stdin", "logging"]);
  });
});

describe("form", () => {
  test.each([1, 3, 5])("is run once, on machine 0 alone, in a cluster of %i", async count => {
    const { all } = await lab({ controlPlane: { count } });
    const formations = all("Command").filter(
      one => String(one.inputs.stdin).startsWith("{") && granted(one).verb === "form",
    );
    expect(formations.map(({ name }) => name)).toEqual(["lab-form"]);
    expect(formations[0]?.propertyDependencies.connection).toEqual(["lab-cp-0", prepared(0)]);
    expect(granted(formations[0]!).machine).toEqual(machine(0));
  });

  test("never runs again: nothing triggers it and no input counts", async () => {
    const { find } = await lab();
    const { inputs, ignoreChanges, deleteBeforeReplace } = find("lab-form");
    expect(inputs.triggers).toBeUndefined();
    expect(inputs.update).toBeUndefined();
    expect(Object.keys(inputs).filter(key => !ignoreChanges.includes(key))).toEqual([]);
    expect(ignoreChanges).toEqual(expect.arrayContaining(["connection", "create", "stdin"]));
    expect(deleteBeforeReplace).toBe(false);
  });

  test("answers with the cluster's keys, which stay secret", async () => {
    const { find } = await lab();
    expect(find("lab-form").additionalSecretOutputs).toEqual(expect.arrayContaining(["stdout", "connection"]));
    expect(find("lab-form").visible.stdin).toBe(SECRET);
    expect(granted(find("lab-form")).pki).toBeUndefined();
  });

  test("is handed kubeadm's documents and every machine's address", async () => {
    const { find } = await lab();
    const grant = granted(find("lab-form"));
    expect(grant.roster).toEqual(indices(3).map(machine));
    expect(grant.kubeadm?.init?.map(document => (document as { kind: string }).kind)).toEqual([
      "InitConfiguration",
      "ClusterConfiguration",
      "KubeletConfiguration",
      "KubeProxyConfiguration",
    ]);
  });
});

describe("join", () => {
  const join = (i: number) => `lab-cp-${i}-join`;

  test("comes after the formation, beside the joins of the others, and before any change of a member", async () => {
    const { find } = await lab({ controlPlane: { count: 5 } });
    for (const i of indices(5)) {
      expect(find(join(i)).dependsOn).toContain("lab-form");
      expect(find(join(i)).dependsOn.filter(name => name.endsWith("-join") || name.endsWith("-member"))).toEqual([]);
      expect(find(member(0)).dependsOn).toContain(join(i));
    }
  });

  test("of every lost machine begins, the first one's too, once all machines are there: each removes its own entry", async () => {
    const { find } = await lab({ controlPlane: { count: 5 } });
    // The program is copied to a machine once it is prepared.
    const there = indices(5).map(i => `lab-cp-${i}-program`);
    for (const i of indices(5)) expect(find(join(i)).dependsOn).toEqual(expect.arrayContaining(there));
  });

  test("runs once a machine: another machine joins anew, and no edit reaches a member by it", async () => {
    const { find } = await lab();
    const { inputs, ignoreChanges, replaceOnChanges } = find(join(1));
    expect(inputs.triggers).toEqual([deviceId(1)]);
    expect(replaceOnChanges).toEqual(["triggers[*]"]);
    expect(ignoreChanges).toEqual(expect.arrayContaining(["connection", "create", "stdin"]));
    expect(granted(find(join(1)))).toMatchObject({ verb: "join", machine: machine(1), pki: PKI });
    expect(find(join(1)).visible.stdin).toBe(SECRET);
  });
});

describe("member", () => {
  test("is connected to its own machine alone", async () => {
    const { find } = await lab({ controlPlane: { count: 5 } });
    for (const i of indices(5)) {
      expect(find(member(i)).propertyDependencies.connection).toEqual([`lab-cp-${i}`, prepared(i)]);
      expect(granted(find(member(i))).machine).toEqual(machine(i));
    }
  });

  test("is another one exactly when its machine is", async () => {
    const { find } = await lab();
    for (const i of indices(3)) {
      const { inputs, propertyDependencies, replaceOnChanges, deleteBeforeReplace } = find(member(i));
      expect(inputs.triggers).toEqual([deviceId(i)]);
      expect(propertyDependencies.triggers).toEqual([`lab-cp-${i}`]);
      expect(replaceOnChanges).toEqual(["triggers[*]"]);
      expect(deleteBeforeReplace).toBe(true);
    }
  });

  test("comes after the one before it, and the first after the formation", async () => {
    const { find } = await lab({ controlPlane: { count: 5 } });
    const chain = indices(5).map(i => find(member(i)).dependsOn.filter(name => name.endsWith("-member")));
    expect(chain).toEqual([[], [member(0)], [member(1)], [member(2)], [member(3)]]);
    for (const i of indices(5)) expect(find(member(i)).dependsOn).toContain("lab-form");
  });

  test("is handed the eight files of the cluster, all of it secret", async () => {
    const { find } = await lab();
    for (const i of indices(3)) {
      expect(granted(find(member(i))).pki).toEqual(PKI);
      expect(Object.keys(granted(find(member(i))).pki ?? {})).toEqual([...PKI_FILES]);
      expect(find(member(i)).visible.stdin).toBe(SECRET);
    }
  });

  test("runs the same command again at an update, which the plugin does where no other is given, and ignores nothing", async () => {
    const { find } = await lab();
    const { inputs, ignoreChanges } = find(member(1));
    expect(inputs.create).toBe(launch(programArchive().hash, "receive", "root"));
    expect(inputs).not.toHaveProperty("update");
    expect(ignoreChanges).toEqual([]);
  });

  test("names the newest program, the same on all, which was copied to the machine before", async () => {
    const { find } = await lab();
    const { hash } = programArchive();
    for (const i of indices(3)) {
      expect(granted(find(member(i))).program).toBe(hash);
      expect(find(member(i)).dependsOn).toContain(`lab-cp-${i}-program`);
      const { inputs, dependsOn } = find(`lab-cp-${i}-program`);
      expect(inputs).toMatchObject({ remotePath: `.rackplane-${hash}.tar`, triggers: [deviceId(i), "root"] });
      // The key that the first connection learnt.
      expect(inputs.connection).toMatchObject({ hostKey: hostKey(i) });
      expect(dependsOn).toContain(prepared(i));
    }
  });

  test("that only asks, as kubeconfig does, names no program and runs the one that is there", async () => {
    const { find } = await lab();
    expect(granted(find("lab-kubeconfig"))).not.toHaveProperty("program");
    expect(find("lab-kubeconfig").inputs.create).toBe("/opt/rackplane/bin/rackplane receive");
  });
});

describe("kubeconfig", () => {
  test("is minted on machine 0 once that is a member, beside the joins of the others, and kept secret", async () => {
    const { find } = await lab();
    const { dependsOn, propertyDependencies, additionalSecretOutputs } = find("lab-kubeconfig");
    expect(dependsOn.filter(name => name.endsWith("-join") || name.endsWith("-member"))).toEqual(["lab-cp-0-join"]);
    expect(propertyDependencies.connection).toEqual(["lab-cp-0", prepared(0)]);
    expect(additionalSecretOutputs).toContain("stdout");
    expect(granted(find("lab-kubeconfig"))).toMatchObject({ verb: "kubeconfig", machine: machine(0) });
  });
});

/** Of a duration as Pulumi takes it: `2700s`, `15m`. */
function secondsOf(duration: string | undefined): number {
  const [, count, unit] = /^(\d+)(s|m)$/.exec(duration ?? "") ?? [];
  if (count === undefined) throw new Error(`found ${duration ?? "no duration"}, expected one in s or m`);
  return Number(count) * (unit === "m" ? 60 : 1);
}

describe("every grant", () => {
  const grants = async () =>
    (await lab({ workers: WORKERS })).all("Command").filter(({ inputs }) => /"verb"/.test(String(inputs.stdin)));

  test("has secret output on both streams, whatever it prints: the plugin makes neither secret", async () => {
    const verbs = new Set<string>();
    for (const one of await grants()) {
      verbs.add(granted(one).verb);
      expect([one.name, one.additionalSecretOutputs]).toEqual([one.name, expect.arrayContaining(["stdout", "stderr"])]);
    }
    expect([...verbs].sort()).toEqual(["form", "join", "kubeconfig", "member", "mint", "nodes", "retire", "worker"]);
  });

  test("whose answer is secret brings a key of its own to encrypt it with, and is secret for that", async () => {
    const keys = new Map<string, string>();
    for (const one of await grants()) {
      const { verb, answerKey } = granted(one);
      expect([one.name, answerKey !== undefined]).toEqual([one.name, ["form", "kubeconfig", "mint"].includes(verb)]);
      if (answerKey === undefined) continue;
      keys.set(one.name, answerKey);
      expect(one.visible.stdin).toBe(SECRET);
      // The key of the run in which the command ran is the one that counts.
      expect(one.ignoreChanges).toContain("stdin");
    }
    expect(new Set(keys.values()).size).toBe(keys.size);
  });

  test("that answered before there were such keys is read as it is", async () => {
    const before: Answer = resource => {
      const { stdin } = resource.inputs as { stdin?: string };
      const { answerKey: _, ...old } = JSON.parse(stdin?.startsWith("{") ? stdin : "{}") as Partial<Grant>;
      const answered = answers({ ...resource, inputs: { ...resource.inputs, stdin: JSON.stringify(old) } });
      return { ...answered, outputs: { ...answered.outputs, stdin: JSON.stringify(old) } };
    };
    const { find, outputs } = await record(() => new Cluster("lab", labArgs()), { answer: before });
    expect(granted(find(member(1))).pki).toEqual(PKI);
    expect(outputs.lab?.opened.kubeconfig).toBe(KUBECONFIG);
  });
});

describe("every command", () => {
  test("shows progress and keeps standard output, which may hold keys, to itself", async () => {
    const { all } = await lab();
    expect(
      all("Command").filter(({ inputs }) => inputs.logging !== "stderr" || inputs.addPreviousOutputInEnv !== false),
    ).toEqual([]);
  });

  test("has more time than the default deadlines on the machine that it awaits: they say what was missing", async () => {
    const { all } = await lab();
    const { metadata, bgpNeighbors, downloads, member } = granted(
      all("Command").find(({ name }) => name === "lab-form")!,
    ).node.deadlines;
    const awaited: Record<string, number> = {
      prepared: metadata + bgpNeighbors + downloads,
      form: downloads + member,
      join: downloads + member,
      member: downloads + member,
      kubeconfig: 0,
      nodes: member,
      retire: member,
    };
    for (const {
      name,
      customTimeouts: { create, update = create },
    } of all("Command")) {
      const seconds = awaited[name.split("-").pop() ?? ""];
      expect([name, Math.min(secondsOf(create), secondsOf(update)) > seconds!]).toEqual([name, true]);
    }
  });

  test("asks for root's rights only where the user lacks them", async () => {
    const { find } = await lab({ ssh: { user: "ubuntu", publicKey: PUBLIC_KEY } });
    expect(find(member(0)).inputs.create).toMatch(/; exec sudo -n sh -c /);
    expect(find("lab-kubeconfig").inputs.create).toBe("sudo -n /opt/rackplane/bin/rackplane receive");
    expect(find(member(0)).inputs.connection).toMatchObject({ user: "ubuntu" });
  });

  test("uses the private key if there is one", async () => {
    const { find } = await lab();
    expect(find(member(0)).inputs.connection).toMatchObject({
      host: "198.51.100.1",
      user: "root",
      privateKey: PRIVATE_KEY,
    });
  });

  test("is the same from whatever shell pulumi is started: the agent's socket is no part of it", async () => {
    vi.stubEnv("SSH_AUTH_SOCK", "/tmp/agent.1");
    const { all } = await lab({ ssh: { publicKey: PUBLIC_KEY } });
    expect(
      all("Command")
        .filter(({ inputs }) => texts(inputs.connection).includes("/tmp/agent.1"))
        .map(({ name }) => name),
    ).toEqual([]);
  });
});

test("no secret stands in plain anywhere in what the engine is told", async () => {
  const { resources, outputs } = await lab({
    machines: { project: { name: "lab", bgp: { md5Password: MD5_PASSWORD } } },
  });
  const secrets = [
    MD5_PASSWORD,
    PRIVATE_KEY,
    KUBECONFIG,
    ...PKI_FILES.filter(file => file.endsWith(".key")).map(file => PKI[file]),
  ];
  // As texts within JSON they are escaped.
  const traces = secrets.map(secret => JSON.stringify(secret).slice(1, -1));
  const leaks = (where: string, value: unknown) =>
    texts(value)
      .filter(text => secrets.some(secret => text.includes(secret)) || traces.some(trace => text.includes(trace)))
      .map(() => where);

  expect(resources.flatMap(({ name, visible }) => leaks(name, visible))).toEqual([]);
  expect(Object.entries(outputs).flatMap(([name, { visible }]) => leaks(name, visible))).toEqual([]);
  // The search itself finds them where secrets are opened.
  expect(new Set(resources.flatMap(({ name, inputs }) => leaks(name, inputs))).size).toBeGreaterThan(5);
});
