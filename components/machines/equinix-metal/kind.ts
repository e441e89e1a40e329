import type { WorkerMachinesSpec } from "../../config/machines/machine-kinds";
import type { EquinixMetalSpec } from "../../config/spec";
import type { MachineKind } from "../machine-kind";
import { controlPlaneDevices, workerDevices } from "./devices";
import { prepared } from "./prepared";
import { makeSite } from "./site";

/** Machines rented from Equinix Metal, with local BGP to the switches above them. */
export const equinixMetal: MachineKind<EquinixMetalSpec, Extract<WorkerMachinesSpec, { kind: "equinix-metal" }>> = {
  identity: { kind: "equinix-metal", metadataUrl: "https://metadata.platformequinix.com/metadata" },
  exists: false,
  ownPeers: (_machines, shared) => shared === "metal-api",
  site: makeSite,
  controlPlane: controlPlaneDevices,
  workers: workerDevices,
  prepare: prepared,
};
