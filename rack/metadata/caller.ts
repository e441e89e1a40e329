import { isIPv6 } from "node:net";
import { deviceAddresses } from "../metal-api/device-addresses";
import type { Device } from "../metal-api/records";
import type { Store } from "../metal-api/store";

/**
 * The device that a connection comes from: its source address is the only credential there is. Headers
 * do not count, or any machine could read another's user data.
 */
export function callingDevice(store: Store, sourceAddress: string): Device | undefined {
  const address = isIPv6(sourceAddress) ? sourceAddress.replace(/^::ffff:/i, "") : sourceAddress;
  return store.devices.all().find(device => deviceAddresses(device).some(own => own.address === address));
}
