import type { Device, SshKey } from "../metal-api/records";
import type { Store } from "../metal-api/store";

/** The SSH keys of a device that still exist. */
export const keysOf = (store: Store, device: Device): SshKey[] =>
  device.sshKeyIds.flatMap(id => store.sshKeys.get(id) ?? []);
