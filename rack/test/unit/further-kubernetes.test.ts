import { describe, expect, it } from "vitest";
import { readStackFile, stackFile } from "../../cli/stack-file";
import { imagesFor, kubernetesTools, referenceOf } from "../../mirrors";
import { refuseOlderThanDisks } from "../../setup/prepare";

describe("another version of Kubernetes in the rack's mirrors", () => {
  it("is there where a stack's file names it", () => {
    expect(readStackFile("rack-upgrade").kubernetesVersions).toEqual(["1.34.4"]);
    expect(readStackFile("rack-upgrade-minor").kubernetesVersions).toEqual(["1.33.13"]);
    expect(readStackFile("rack-bgp").kubernetesVersions).toEqual([]);
  });
  it("is refused where the rack does not build it", () => {
    expect(() => stackFile("config: { 'rack:kubernetesVersion': 1.30.0 }")).toThrow(
      'rack:kubernetesVersion: found "1.30.0", expected one of 1.34.4, 1.33.13',
    );
  });
  it("of an earlier minor is none for disks that have the usual one", () => {
    const { RACKPLANE_DISKS: before } = process.env;
    try {
      delete process.env.RACKPLANE_DISKS;
      const { kubernetesVersion } = readStackFile("rack-upgrade-minor");
      expect(() => refuseOlderThanDisks(kubernetesVersion)).toThrow(
        "found 1.33.13, but machines with prepared disks have 1.34.3 installed; run it with RACKPLANE_DISKS=plain",
      );
      expect(() => refuseOlderThanDisks("1.34.4")).not.toThrow();
      process.env.RACKPLANE_DISKS = "plain";
      expect(() => refuseOlderThanDisks(kubernetesVersion)).not.toThrow();
    } finally {
      if (before === undefined) delete process.env.RACKPLANE_DISKS;
      else process.env.RACKPLANE_DISKS = before;
    }
  });
  it("brings the etcd, the CoreDNS and the pause image that its kubeadm asks for", () => {
    const ofEtcd = (version: string) => imagesFor(version).find(({ name }) => name.endsWith("/etcd"));
    expect(imagesFor("1.33.13").map(referenceOf)).toEqual(
      expect.arrayContaining([
        "registry.k8s.io/kube-apiserver:v1.33.13",
        "registry.k8s.io/coredns/coredns:v1.12.0",
        "registry.k8s.io/pause:3.10",
        "registry.k8s.io/etcd:3.5.24-0",
      ]),
    );
    expect(ofEtcd("1.33.13")?.programs["/usr/local/bin/etcd"]).toBe("../bin-etcd-3.5.24/etcd");
    expect(ofEtcd("1.34.4")?.programs["/usr/local/bin/etcd"]).toBe("etcd");
    expect(kubernetesTools("1.33.13")).toEqual(["kubernetes-1.33.13", "etcd-3.5.24"]);
    expect(kubernetesTools("1.34.4")).toEqual(["kubernetes-1.34.4"]);
  });
});
