import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { FakeMachine, quick } from "./prepare-machine";

let machine: FakeMachine;
beforeEach(async () => void (machine = await FakeMachine.boot()));
afterEach(() => machine.end());

const installed = (version: string) => {
  for (const name of ["kubeadm", "kubelet", "kubectl"]) machine.write(`installed/${name}`, version);
};

describe("packages", () => {
  test("come at the exact version from the signed repository, and are held there", async () => {
    expect((await machine.step("packages")).code).toBe(0);

    expect(machine.read("etc/apt/sources.list.d/rackplane-kubernetes.list")).toBe(
      `deb [signed-by=${machine.root}/etc/apt/keyrings/rackplane-kubernetes.asc] ${machine.url}/deb/ /\n`,
    );
    // apt's unprivileged helper reads both.
    expect(machine.mode("etc/apt/keyrings/rackplane-kubernetes.asc")).toBe("644");
    expect(machine.mode("etc/apt/keyrings")).toBe("755");
    expect(machine.calls("apt-get").join("\n")).toMatch(
      /install --no-install-recommends --allow-change-held-packages kubeadm=1\.34\.3-\* kubelet=1\.34\.3-\* kubectl=1\.34\.3-\*$/m,
    );
    expect(machine.calls("apt-mark")).toEqual(["apt-mark hold kubeadm kubelet kubectl"]);
  });

  test("only Kubernetes' own index is fetched while nothing of the distribution is missing", async () => {
    await machine.step("packages");

    for (const update of machine.calls("apt-get").filter(call => / update( |$)/.test(call))) {
      expect(update).toContain("Dir::Etc::sourceparts=-");
    }
  });

  test("a machine that has them asks no mirror", async () => {
    installed("1.34.3-1.1");

    expect((await machine.step("packages")).code).toBe(0);
    expect(machine.calls("apt-get")).toEqual([]);
  });

  test("1.34.30 is not 1.34.3", async () => {
    installed("1.34.30-1.1");

    await machine.step("packages");
    expect(machine.calls("apt-get").join("\n")).toContain("kubeadm=1.34.3-*");
  });

  test("a member's version is not changed by a reboot", async () => {
    installed("1.33.9-1.1");
    machine.write("etc/kubernetes/kubelet.conf", "");

    expect((await machine.step("packages")).code).toBe(0);
    expect(machine.calls("apt-get")).toEqual([]);
  });

  test("a key other than the pinned one is refused and never used", async () => {
    const node = quick(machine.url);
    machine.setNode({ ...node, packages: { ...node.packages, keySha256: "0".repeat(64) } });

    expect((await machine.step("packages")).code).toBe(1);
    const found = createHash("sha256").update(machine.key).digest("hex");
    expect(machine.progress().at(-1)).toMatch(
      new RegExp(`SHA-256 ${found}, but mirrors.packages.keySha256 pins 0{64}`),
    );
    expect(machine.exists("etc/apt/keyrings/rackplane-kubernetes.asc")).toBe(false);
  });

  test("the pinned key is used, in whatever case its hash is written", async () => {
    const node = quick(machine.url);
    const keySha256 = createHash("sha256").update(machine.key).digest("hex").toUpperCase();
    machine.setNode({ ...node, packages: { ...node.packages, keySha256 } });

    expect((await machine.step("packages")).code).toBe(0);
  });

  test("an error page is no key", async () => {
    machine.key = "<html>not found</html>";

    expect((await machine.step("packages")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/waited 1 s for the signing key \S+; last answer: .* is no armoured PGP/);
  });

  test("a version that the repository does not have is told with those it has", async () => {
    machine.write("available", "1.34.9-1.1");

    expect((await machine.step("packages")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/has no kubeadm 1\.34\.3; it has: 1\.34\.9-1\.1 \. Choose one of these/);
  });

  test("apt's own words are in the failure", async () => {
    machine.write("broken/apt-get", "E: Failed to fetch InRelease\nE: 503\n");

    expect((await machine.step("packages")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/waited 1 s for the index of \S+; last answer: E: Failed to fetch/);
  });

  test("what a power cut left half installed is completed first, and nothing otherwise", async () => {
    machine.write("audit", "kubelet is only half configured\n");
    expect((await machine.step("packages")).code).toBe(0);
    const calls = machine.calls("");
    const mended = calls.indexOf("dpkg --configure -a");
    expect(mended).toBeGreaterThan(-1);
    expect(mended).toBeLessThan(calls.findIndex(call => call.startsWith("apt-get")));
    expect(machine.calls("dpkg --configure")).toHaveLength(1);
  });

  test("what is missing of the distribution is installed by package name", async () => {
    machine.remove("fakes/containerd");

    await machine.step("packages");
    expect(machine.calls("apt-get").join("\n")).toMatch(/install --no-install-recommends containerd$/m);
  });
});

describe("cni-plugins", () => {
  test("where the Kubernetes repository brought none, the distribution's are linked", async () => {
    machine.remove("opt/cni");
    machine.write("opt/cni/bin/bridge", "an add-on's own", 0o755);

    expect((await machine.step("cni-plugins")).code).toBe(0);
    expect(machine.exists("opt/cni/bin/host-local")).toBe(true);
    expect(machine.read("opt/cni/bin/bridge")).toBe("an add-on's own");
  });
});

describe("containerd", () => {
  test("is restarted when its configuration changes, and only then", async () => {
    await machine.step("containerd");
    expect(machine.calls("systemctl restart")).toEqual(["systemctl restart containerd"]);

    await machine.step("containerd");
    expect(machine.calls("systemctl restart")).toHaveLength(1);
  });

  test("a configuration that was here before is kept, once and for ever", async () => {
    machine.write("etc/containerd/config.toml", "# mine\n");
    await machine.step("containerd");
    expect(machine.read("etc/containerd/config.toml.before-rackplane")).toBe("# mine\n");
    machine.write("etc/containerd/config.toml", "# another\n");
    await machine.step("containerd");
    expect(machine.read("etc/containerd/config.toml.before-rackplane")).toBe("# mine\n");
  });

  test("its own configuration is no other's", async () => {
    await machine.step("containerd");
    await machine.step("containerd");
    expect(machine.exists("etc/containerd/config.toml.before-rackplane")).toBe(false);
  });

  test("uses the sandbox image of kubeadm, systemd's cgroups and the mirrors' directory", async () => {
    await machine.step("containerd");

    const config = machine.read("etc/containerd/config.toml");
    expect(config).toMatch(/^version = 2$/m);
    expect(config).toMatch(/^ {2}sandbox_image = "registry\.k8s\.io\/pause:3\.10\.1"$/m);
    expect(config).toMatch(/SystemdCgroup = true/);
    expect(config).toMatch(/config_path = "\/etc\/containerd\/certs\.d"/);
  });

  test("asks a mirror alone; a mirror that left the configuration is forgotten, a file of somebody else's stays", async () => {
    const node = quick(machine.url);
    const mirrors = { "registry.k8s.io": "http://192.0.2.2:5000", "ghcr.io": "https://harbor.example.com/v2/ghcr" };
    machine.setNode({ ...node, images: { ...node.images, mirrors } });
    machine.write("etc/containerd/certs.d/docker.io/hosts.toml", 'server = "https://mine"\n');
    await machine.step("containerd");

    expect(machine.read("etc/containerd/certs.d/registry.k8s.io/hosts.toml")).toBe(
      [
        "# rackplane: from mirrors.images of the cluster's configuration",
        'server = "http://192.0.2.2:5000"',
        "",
        '[host."http://192.0.2.2:5000"]',
        '  capabilities = ["pull", "resolve"]',
        "",
      ].join("\n"),
    );
    expect(machine.read("etc/containerd/certs.d/ghcr.io/hosts.toml")).toMatch(/override_path = true/);

    machine.setNode(node);
    await machine.step("containerd");
    expect(machine.exists("etc/containerd/certs.d/registry.k8s.io/hosts.toml")).toBe(false);
    expect(machine.exists("etc/containerd/certs.d/docker.io/hosts.toml")).toBe(true);
    expect(machine.calls("systemctl restart")).toHaveLength(1);
  });
});

describe("images", () => {
  test("kubeadm's, the sandbox and the extra ones are pulled through the mirrors, each once", async () => {
    expect((await machine.step("images")).code).toBe(0);

    const pulls = machine.calls("ctr -n k8s.io images pull");
    expect(pulls.map(call => call.split(" ").at(-1)).sort()).toEqual([
      "ghcr.io/flannel-io/flannel:v0.26.7",
      "ghcr.io/kube-vip/kube-vip:v1.2.2",
      "registry.k8s.io/etcd:3.6.5-0",
      "registry.k8s.io/kube-apiserver:v1.34.3",
      "registry.k8s.io/pause:3.10.1",
    ]);
    for (const pull of pulls) expect(pull).toContain("--hosts-dir");
  });

  test("a changed list is pulled, the same one is not", async () => {
    await machine.step("images");
    const first = machine.calls("ctr").length;
    await machine.step("images");
    expect(machine.calls("ctr")).toHaveLength(first);

    const node = quick(machine.url);
    machine.setNode({ ...node, images: { ...node.images, extra: ["example.com/new:1"] } });
    await machine.step("images");
    expect(machine.calls("ctr").at(-1)).toBeDefined();
    expect(machine.calls("ctr").length).toBeGreaterThan(first);
  });

  test("a registry that does not answer is told with ctr's words, and tried again at the next attempt", async () => {
    machine.write("broken/ctr", "ctr: failed to resolve reference: 502 Bad Gateway\n");
    expect((await machine.step("images")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/waited 1 s for 5 images .*502 Bad Gateway/);

    machine.remove("broken/ctr");
    expect((await machine.step("images")).code).toBe(0);
  });

  test("a registry that stalls is left at the deadline", async () => {
    machine.write("stalls", "");
    const begun = Date.now();
    expect((await machine.step("images")).code).toBe(1);
    expect(Date.now() - begun).toBeLessThan(6000);
    expect(machine.progress().at(-1)).toMatch(/waited 1 s for 5 images/);
  });

  test("a kubeadm that cannot list its images fails the step", async () => {
    machine.write("broken/kubeadm", "unknown version\n");

    expect((await machine.step("images")).code).not.toBe(0);
    expect(machine.calls("ctr")).toEqual([]);
  });
});
