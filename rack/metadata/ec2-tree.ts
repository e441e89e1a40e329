import { deviceAddresses } from "../metal-api/device-addresses";
import { metroOf } from "../metal-api/catalog";
import type { AddressKind, Device } from "../metal-api/records";
import type { Store } from "../metal-api/store";
import { keysOf } from "./keys";

interface Folder {
  readonly [name: string]: string | Folder;
}

/**
 * The EC2-style tree that cloud-init's Ec2 datasource walks: a folder answers with its entries, folders
 * among them with a trailing slash; an entry answers with its text. Undefined for a path that is not there.
 */
export function ec2MetaData(store: Store, device: Device, path: string): string | undefined {
  let at: string | Folder | undefined = tree(store, device);
  for (const name of path.split("/").filter(Boolean)) {
    at = typeof at === "object" && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return typeof at === "object" ? listing(at) : at;
}

function tree(store: Store, device: Device): Folder {
  const metro = metroOf(device.facility);
  const address = (kind: AddressKind) => deviceAddresses(device).find(own => own.kind === kind)?.address;
  const publicAddress = address("public_ipv4");
  const keys = keysOf(store, device);
  return {
    "ami-id": device.operatingSystem,
    hostname: device.hostname,
    "instance-id": device.id,
    "instance-type": device.plan,
    "local-hostname": device.hostname,
    "local-ipv4": address("private_ipv4") ?? "",
    ...(publicAddress !== undefined && { "public-ipv4": publicAddress }),
    placement: { "availability-zone": metro.facility, region: metro.code },
    ...(keys.length > 0 && {
      "public-keys": Object.fromEntries(keys.map((key, i) => [`${i}`, { "openssh-key": key.key }])),
    }),
  };
}

/** Keys are listed by number and name (`0=key-0`): that is how cloud-init tells that they are keys. */
const listing = (folder: Folder): string =>
  Object.entries(folder)
    .map(([name, entry]) => {
      if (typeof entry === "string") return name;
      return /^\d+$/.test(name) ? `${name}=key-${name}` : `${name}/`;
    })
    .join("\n");
