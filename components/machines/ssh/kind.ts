import type { SshHostsSpec } from "../../config/spec";
import type { MachineKind } from "../machine-kind";
import { haveOwnPeers, sshMachines } from "./machines";
import { prepared } from "./prepared";

/** Machines that exist already: Rackplane rents none, and deletes none when they leave the configuration. */
export const ssh: MachineKind<SshHostsSpec, SshHostsSpec> = {
  identity: { kind: "ssh" },
  exists: true,
  ownPeers: ({ hosts }) => haveOwnPeers(hosts),
  site: () => ({ kind: "ssh" }),
  controlPlane: (cluster, { hosts }) => sshMachines(cluster, { hosts, role: "control-plane" }),
  workers: (cluster, { machines: { hosts } }) => sshMachines(cluster, { hosts, role: "worker" }),
  prepare: prepared,
};
