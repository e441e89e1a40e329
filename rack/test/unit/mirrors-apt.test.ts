import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { step } from "../../command";
import { buildAptRepository, repositoriesOf, repositoryPath, serveRepository } from "../../mirrors";
import { controlOf, debsFor, type DebSpec } from "../../mirrors/debs";

const missing = ["apt-get", "apt-ftparchive", "dpkg-deb", "gpg"].filter(
  program => !fs.existsSync(path.join("/usr/bin", program)),
);
const skipped = missing.length > 0 ? ` (skipped: no ${missing.join(", ")})` : "";

describe("the packages", () => {
  it("have the control files of pkgs.k8s.io's", () => {
    const controls = debsFor("1.34.3")
      .map(deb => controlOf(deb, 1024))
      .join("\n");
    expect(controls).toMatchInlineSnapshot(`
      "Package: kubeadm
      Version: 1.34.3-1.1
      Architecture: amd64
      Maintainer: Kubernetes Authors <dev@kubernetes.io>
      Installed-Size: 1024
      Section: admin
      Priority: optional
      Homepage: https://kubernetes.io
      Description: Command-line utility for administering a Kubernetes cluster

      Package: kubectl
      Version: 1.34.3-1.1
      Architecture: amd64
      Maintainer: Kubernetes Authors <dev@kubernetes.io>
      Installed-Size: 1024
      Section: admin
      Priority: optional
      Homepage: https://kubernetes.io
      Description: Command-line utility for interacting with a Kubernetes cluster

      Package: kubelet
      Version: 1.34.3-1.1
      Architecture: amd64
      Maintainer: Kubernetes Authors <dev@kubernetes.io>
      Installed-Size: 1024
      Depends: kubernetes-cni (>= 1.2.0), mount, util-linux
      Recommends: iptables (>= 1.8.4)
      Section: admin
      Priority: optional
      Homepage: https://kubernetes.io
      Description: Node agent for Kubernetes clusters

      Package: kubernetes-cni
      Version: 1.7.1-1.1
      Architecture: amd64
      Maintainer: Kubernetes Authors <dev@kubernetes.io>
      Installed-Size: 1024
      Section: admin
      Priority: optional
      Homepage: https://kubernetes.io
      Description: Container networking plugins (in the rack: those of Debian's containernetworking-plugins)
      "
    `);
  });

  it("have the units where upstream has them: the service in kubelet, its drop-in in kubeadm", () => {
    const files = Object.fromEntries(debsFor("1.34.3").map(deb => [deb.name, Object.keys(deb.files)]));
    expect(files["kubelet"]).toContain("/usr/lib/systemd/system/kubelet.service");
    expect(files["kubeadm"]).toContain("/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf");
  });
});

describe("the repositories", () => {
  const held = (versions: string[]) =>
    [...repositoriesOf(versions)].map(([minor, debs]) => [
      minor,
      debs.map(({ name, version }) => `${name} ${version}`),
    ]);

  it("are one a minor, each with the packages of its own versions and of no other", () => {
    expect(held(["1.34.3", "1.33.13"])).toEqual([
      ["1.34", ["kubeadm 1.34.3-1.1", "kubectl 1.34.3-1.1", "kubelet 1.34.3-1.1", "kubernetes-cni 1.7.1-1.1"]],
      ["1.33", ["kubeadm 1.33.13-1.1", "kubectl 1.33.13-1.1", "kubelet 1.33.13-1.1", "kubernetes-cni 1.6.0-1.1"]],
    ]);
  });
  it("of two versions of one minor are one, with what connects pods once", () => {
    expect(held(["1.34.3", "1.34.4"]).map(([minor, debs]) => [minor, debs?.length])).toEqual([["1.34", 7]]);
  });
});

describe("the apt repository", () => {
  let temporary: string;
  let app: FastifyInstance;
  beforeEach(() => {
    temporary = fs.mkdtempSync(path.join(os.tmpdir(), "mirrors-"));
    fs.mkdirSync(path.join(temporary, "bin"));
    fs.writeFileSync(path.join(temporary, "bin", "hello"), "#!/bin/sh\necho hello\n");
    app = fastify();
  });
  afterEach(async () => {
    await app.close();
    fs.rmSync(temporary, { recursive: true, force: true });
  });

  const tiny: DebSpec = {
    name: "hello",
    version: "1.34.3-1.1",
    summary: "Says hello",
    files: { "/usr/bin/hello": { kind: "program", name: "hello" } },
    postinst: "#!/bin/sh\nexit 0\n",
  };
  const build = async (deb: DebSpec = tiny, beside: string[] = []) => {
    const said: string[] = [];
    const say = (line: string) => said.push(line.replace(/ [\d.]+ s$/, ""));
    const folder = await buildAptRepository(temporary, say, [deb], { beside });
    return { folder, said };
  };

  /** apt with a root of its own: only this repository, nothing installed, nothing of the host's. */
  const aptFor = async (folder: string, minor = "1.34") => {
    const root = path.join(temporary, "apt-root");
    for (const needed of ["etc/apt", "lists/partial", "archives/partial"]) {
      fs.mkdirSync(path.join(root, needed), { recursive: true });
    }
    fs.copyFileSync(path.join(folder, "Release.key"), path.join(root, "key.asc"));
    const url = new URL(repositoryPath(minor), await app.listen({ host: "127.0.0.1", port: 0 }));
    fs.writeFileSync(path.join(root, "sources.list"), `deb [signed-by=${root}/key.asc arch=amd64] ${url.href} /\n`);
    fs.writeFileSync(path.join(root, "status"), "");
    const settings = {
      Dir: root,
      "Dir::State::status": `${root}/status`,
      "Dir::State::lists": `${root}/lists`,
      "Dir::Cache::archives": `${root}/archives`,
      "Dir::Etc::sourcelist": `${root}/sources.list`,
      "Dir::Etc::sourceparts": "-",
      "APT::Sandbox::User": "root",
      "Acquire::http::Proxy": "DIRECT",
      "Acquire::Languages": "none",
      "APT::Architecture": "amd64",
      "Acquire::Retries": "0",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    return (...args: string[]) => step(["apt-get", ...options, ...args], { purpose: "apt in the test" });
  };

  it.skipIf(skipped)(`is verified and downloaded from by a real apt over http${skipped}`, async () => {
    const { folder } = await build();
    await serveRepository(app, folder);
    const apt = await aptFor(folder);
    await apt("update", "--error-on=any");
    await apt("install", "--download-only", "--assume-yes", "hello=1.34.3-1.1");
    const deb = path.join(temporary, "apt-root/archives/hello_1.34.3-1.1_amd64.deb");
    const listing = execFileSync("dpkg-deb", ["-c", deb], { encoding: "utf8" });
    expect(listing).toMatch(/^-rwxr-xr-x root\/root .* \.\/usr\/bin\/hello$/m);
  });

  it.skipIf(skipped)(
    `has at a minor's path no package of another minor, and nothing at a third one's${skipped}`,
    async () => {
      const newer = await build();
      const older = await build({ ...tiny, version: "1.33.13-1.1" }, [newer.folder]);
      await serveRepository(app, newer.folder, "1.34");
      await serveRepository(app, older.folder, "1.33");
      const apt = await aptFor(older.folder, "1.33");
      await apt("update", "--error-on=any");
      await apt("install", "--download-only", "--assume-yes", "hello=1.33.13-1.1");
      await expect(apt("install", "--download-only", "--assume-yes", "hello=1.34.3-1.1")).rejects.toThrow(/not found/);
      expect((await app.inject("/core:/stable:/v1.33/deb/amd64/hello_1.34.3-1.1_amd64.deb")).statusCode).toBe(404);
      expect((await app.inject("/core:/stable:/v1.35/deb/Release")).statusCode).toBe(404);
    },
  );

  it.skipIf(skipped)(`is refused by apt once its signed index was changed${skipped}`, async () => {
    const { folder } = await build();
    const inRelease = path.join(folder, "InRelease");
    fs.writeFileSync(inRelease, fs.readFileSync(inRelease, "utf8").replace("Suite: stable", "Suite: forged"));
    await serveRepository(app, folder);
    const apt = await aptFor(folder);
    await expect(apt("update", "--error-on=any")).rejects.toThrow(/BADSIG|not signed|invalid/);
  });

  it.skipIf(skipped)(`is built again only for changed programs, under the same key${skipped}`, async () => {
    const first = await build();
    expect(first.said).toEqual(["apt: 1 packages in"]);
    const key = fs.readFileSync(path.join(first.folder, "Release.key"), "utf8");
    expect(await build()).toEqual({ folder: first.folder, said: ["apt: the repository is current"] });
    fs.writeFileSync(path.join(temporary, "bin", "hello"), "#!/bin/sh\necho good evening\n");
    const second = await build();
    expect(second.folder).not.toBe(first.folder);
    expect(fs.readFileSync(path.join(second.folder, "Release.key"), "utf8")).toBe(key);
    expect(fs.readdirSync(path.join(temporary, "apt")).sort()).toEqual(["gnupg", path.basename(second.folder)]);
    expect(fs.statSync(path.join(temporary, "apt/gnupg")).mode & 0o777).toBe(0o700);
  });
});
