import { ADMINISTRATOR } from "../nodes";
import type { Announcer } from "../../../cloud-init/contract/node";
import { AnnouncingMachine } from "./announcer-machine";

export const VIP = "10.70.17.100";

/** The roster of so many machines, of which the first one is ours. */
export const roster = (count: number): string =>
  JSON.stringify(
    [9, 11, 13, 15, 17].slice(0, count).map((host, i) => ({ name: `demo-cp-${i}`, address: `10.70.17.${host}` })),
  );

/** A control-plane machine over SSH whose kube-vip leads by a lease, with two others in the roster. */
export function arpMachine(): AnnouncingMachine {
  const announcer: Announcer = {
    kind: "kube-vip-arp",
    image: "kube-vip",
    leaseSeconds: 5,
    renewSeconds: 3,
    retrySeconds: 1,
    probeSeconds: 0.1,
  };
  const machine = new AnnouncingMachine({
    machine: { kind: "ssh" },
    endpoint: { address: VIP, port: 6443 },
    announcer,
  });
  machine.unset("var/lib/rackplane/machine.json");
  machine.set("etc/rackplane/identity.json", JSON.stringify({ name: "demo-cp-0", address: "10.70.17.9" }));
  machine.set("etc/rackplane/roster.json", roster(3));
  machine.set("etc/kubernetes/admin.conf", ADMINISTRATOR);
  machine.set("peers", "10.70.17.11\n10.70.17.13\n");
  machine.set("lease", "demo-cp-0");
  machine.set("lease-version", "700");
  machine.set("said");
  return machine;
}
