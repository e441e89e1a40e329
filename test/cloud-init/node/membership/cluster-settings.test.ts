import { describe, expect, it } from "vitest";
import type { TestMachine } from "./machine";
import { edit, grantWith, member } from "./settled";

const CERTIFICATE = "etc/kubernetes/pki/apiserver.crt";

describe.concurrent("an edit of the API server's names", () => {
  it("gives it another certificate, which it shows without a restart", async () => {
    const machine = await member();
    machine.write("fake/names", "");
    const { run, moves } = await edit(machine, { apiServerNames: ["api.example.com"] });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("the API server gets a certificate with 203.0.113.1 api.example.com\n");
    expect(machine.read(CERTIFICATE)).toContain("BEGIN CERTIFICATE");
    expect(moves).toEqual([]);
    const fewer = await edit(machine, {});
    expect(fewer.run.stderr).toContain("the API server gets a certificate without api.example.com\n");
    const again = await edit(machine, {});
    expect(again.run.stderr).not.toContain("member change");
  });

  it("mends a key that a power loss left without its certificate", async () => {
    const machine = await member();
    machine.write("fake/names", "");
    await edit(machine, { apiServerNames: ["api.example.com"] });
    machine.write("etc/kubernetes/pki/apiserver.key", "");
    const { run } = await edit(machine, { apiServerNames: ["api.example.com"] });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("since key and certificate here do not fit");
  });
});

describe.concurrent("an edit of kube-proxy", () => {
  const KIND = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration";
  const withProxy = async (): Promise<TestMachine> => {
    const machine = await member();
    machine.write(
      "fake/kube-proxy.json",
      JSON.stringify({ kind: "ConfigMap", data: { "config.conf": KIND, kept: "x" } }),
    );
    machine.write("fake/kube-proxy-starts", "");
    return machine;
  };
  const document = (machine: TestMachine) =>
    (JSON.parse(machine.read("fake/kube-proxy.json") ?? "") as { data: Record<string, string> }).data;

  it("is tried by this machine's pod first, then by all others", async () => {
    const machine = await withProxy();
    const { run, moves } = await edit(machine, { kubeProxy: { mode: "nftables" } });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain(
      "kube-proxy restarts on every machine, one after the other, with other settings: mode\n",
    );
    expect(document(machine)).toEqual({ "config.conf": `${KIND}\nmode: nftables`, kept: "x" });
    expect([machine.read("fake/kube-proxy-starts"), machine.read("fake/kube-proxy-rolls")]).toEqual([
      "start\n",
      "rolled\n",
    ]);
    expect(moves).toEqual([]);
  });

  it("that it does not come up with is taken back before another machine has tried it", async () => {
    const machine = await withProxy();
    const { run } = await edit(machine, { kubeProxy: { mode: "bad" } });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /kube-proxy does not come up on prod-cp-1 with these settings: it ends whenever it starts: unknown proxy mode; the earlier ones are back/,
    );
    expect([document(machine)["config.conf"], machine.has("fake/kube-proxy-rolls")]).toEqual([KIND, false]);
  });

  it("is none where nothing differs", async () => {
    const machine = await withProxy();
    const { run } = await edit(machine, {});
    expect(run.stderr).not.toContain("member change");
    expect(machine.read("fake/kube-proxy-starts")).toBe("");
  });
});

describe.concurrent("whether ordinary pods may run on a control-plane machine", () => {
  it("is what its Node's taint says after an edit, in both directions", async () => {
    const machine = await member();
    await machine.run("member", grantWith(machine));
    machine.write("fake/taints", machine.read("fake/taints.same") ?? "");
    const open = await edit(machine, { schedulable: true });
    expect(open.run.stderr).toContain("ordinary pods may run on this machine from now on");
    expect(machine.read("fake/taints")).toBe("[]\n");
    const apart = await edit(machine, {});
    expect(apart.run.stderr).toContain("ordinary pods may not be placed on this machine any more; those that run stay");
    expect(machine.read("fake/taints")).toContain("NoSchedule");
  });
});

describe.concurrent("an edit of where images and packages come from", () => {
  const LIST = "etc/apt/sources.list.d/rackplane-kubernetes.list";
  const sources = (machine: TestMachine, { mirrors = {}, url = "https://pkgs.k8s.io/" }) => {
    const grant = grantWith(machine);
    const node = grant.node ?? machine.grant("member").node;
    return machine.announcing(
      machine.run("member", {
        ...grant,
        node: { ...node, images: { ...node.images, mirrors }, packages: { ...node.packages, url } },
      }),
    );
  };

  it("reaches containerd, which reads a mirror at every pull, and takes one away that is no longer asked", async () => {
    const machine = await member();
    const hosts = "etc/containerd/certs.d/registry.k8s.io/hosts.toml";
    const first = await sources(machine, { mirrors: { "registry.k8s.io": "http://mirror.lan:5000" } });
    expect(first.run.code, first.run.stderr).toBe(0);
    expect(first.run.stderr).toContain("member change: images come from other registries or mirrors\n");
    expect(machine.read(hosts)).toContain("http://mirror.lan:5000");
    const none = await sources(machine, {});
    expect([none.run.code, machine.has(hosts)]).toEqual([0, false]);
  });

  it("reaches apt, and leaves it as it was where the repository does not answer", async () => {
    const machine = await member();
    const before = "deb [signed-by=/key] https://pkgs.k8s.io/ /\n";
    machine.write(LIST, before);
    const wrong = await sources(machine, { url: "https://nowhere.lan/" });
    expect(wrong.run.code, wrong.run.stderr).toBe(0);
    expect(wrong.run.stderr).toContain("member change: packages come from another repository\n");
    expect(machine.read(LIST)).toMatch(/\] https:\/\/nowhere\.lan\/ \/\n$/);
  });
});
