import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { kubeVipImage } from "../../../components/config/endpoint/kube-vip-bgp";
import { REPOSITORY } from "../../cli/paths";
import { FURTHER_KUBERNETES, imagesFor, KUBE_VIP_IMAGE, referenceOf, repositoryOf } from "../../mirrors";
import { kubernetesProgram } from "../../mirrors/images";
import { cacheDir } from "../../topology";

describe("the mirror's images", () => {
  for (const version of ["1.34.3", ...FURTHER_KUBERNETES]) {
    const kubeadm = path.join(cacheDir(), "bin", kubernetesProgram(version, "kubeadm"));
    const unbuilt = fs.existsSync(kubeadm) ? "" : ` (skipped: ${kubeadm} is not built)`;
    it.skipIf(unbuilt)(`are all those that kubeadm ${version} asks for${unbuilt}`, () => {
      const asked = execFileSync(kubeadm, ["config", "images", "list", "--kubernetes-version", `v${version}`], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      const offered = imagesFor(version).map(referenceOf);
      expect(offered).toEqual(expect.arrayContaining(asked.trim().split("\n")));
    });
  }

  it("hold kube-vip and flannel besides what kubeadm asks for", () => {
    expect(
      imagesFor("1.34.3")
        .map(referenceOf)
        .filter(reference => reference.startsWith("ghcr.io/")),
    ).toEqual(["ghcr.io/kube-vip/kube-vip:v1.2.2", "ghcr.io/flannel-io/flannel:v0.26.7"]);
  });

  it("hold the kube-vip that the product takes by default, of the version that its tool's module names", () => {
    expect(kubeVipImage.parse(undefined)).toBe(referenceOf(KUBE_VIP_IMAGE));
    const module = (tool: string) =>
      /kube-vip\/kube-vip (\S+)/.exec(
        fs.readFileSync(path.join(REPOSITORY, "rack/tools", tool, "go.mod"), "utf8"),
      )?.[1];
    expect(module("kube-vip")).toBe(KUBE_VIP_IMAGE.tag);
    expect(module("kube-vip-0.9")).toBe("v0.9.1");
  });

  it("of two upstream registries share one mirror without a clash of repositories", () => {
    const repositories = imagesFor("1.34.3").map(repositoryOf);
    expect(new Set(repositories).size).toBe(repositories.length);
    expect(repositories).toContain("coredns/coredns");
    expect(repositories).toContain("kube-apiserver");
  });

  it("give kube-proxy and flannel the packet filter's programs, and nobody else", () => {
    const withTools = imagesFor("1.34.3")
      .filter(image => image.tools)
      .map(repositoryOf);
    expect(withTools).toEqual(["kube-proxy", "flannel-io/flannel"]);
  });

  it("of an unknown Kubernetes are refused with the versions there are", () => {
    expect(() => imagesFor("1.99.0")).toThrow(/found Kubernetes 1\.99\.0, expected one of 1\.34\.3/);
  });
});
