import * as pulumi from "@pulumi/pulumi";
import type { MachineIdentity } from "../../cloud-init/contract/identity";
import type { Machine } from "./machine";

/** A machine as every other one knows it. */
export const rosterEntry = (machine: Machine): pulumi.Output<MachineIdentity> =>
  machine.address.apply(address => ({ name: machine.name, address }));

/** A machine as it knows itself. Holds no password. */
export const identityOf = (machine: Machine): pulumi.Output<MachineIdentity> =>
  pulumi
    .all([machine.address, machine.neighbours?.peers])
    .apply(([address, peers]) => ({
      name: machine.name,
      address,
      ...(machine.interface === undefined ? {} : { interface: machine.interface }),
      ...(peers === undefined ? {} : { peers }),
    }));
