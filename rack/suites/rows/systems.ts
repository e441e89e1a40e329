import type { Suite } from "../suite";
import { folder, PLAIN } from "./row";

const KUBE_VIP = ["components/config/endpoint/kube-vip", "rack/tools/kube-vip"];

/** Other versions of what it runs on. */
export const SYSTEMS: readonly Suite[] = [
  folder({
    name: "kube-vip-0.9",
    shows: "kube-vip 0.9.1, which a configuration may still name, announces by BGP and by ARP and outlives a fault",
    minutes: 6,
    needs: "root",
    core: false,
    covers: [...KUBE_VIP, "cloud-init/node/grant/jq/kube-vip.jq", "cloud-init/node/grant/lib/kube-vip.sh"],
  }),
  folder(
    {
      name: "debian-13",
      shows: "the stack rack on Debian 13, whole: it installs, comes up, again without a change, and outlives faults",
      minutes: 6,
      needs: "root",
      core: false,
      covers: ["rack/machines", "cloud-init/node/boot", "cloud-init/operating-systems.ts"],
    },
    PLAIN,
  ),
  folder({
    name: "newer-cli",
    shows: "the stack rack comes up, again without a change, and goes down by Pulumi CLI 3.274.1",
    minutes: 4,
    needs: "root",
    core: false,
    covers: ["Pulumi.yaml", "rack/tools/pulumi", "rack/cli/pulumi", "rack/plugins"],
  }),
  folder({
    name: "node-versions",
    shows: "the unit tests and an offline preview on Node 22 and 24",
    minutes: 4,
    needs: "root",
    core: false,
    covers: ["package.json", "package-lock.json", "rackplane"],
  }),
  folder({
    name: "cgroup-v2",
    shows:
      "on a host with cgroup version 2 alone, under emulation: a machine's systemd and kubelet have their tree, it freezes and thaws, down leaves nothing",
    minutes: 5,
    needs: "root",
    core: false,
    covers: ["rack/machines", "rack/vm"],
  }),
];
