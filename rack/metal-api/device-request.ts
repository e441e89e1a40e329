import { randomBytes, randomUUID } from "node:crypto";
import { MAX_MACHINES } from "../topology";
import { checkPlan, metroByCode, METROS, operatingSystemBySlug } from "./catalog";
import { ADDRESS_KINDS } from "./device-addresses";
import { unprocessable } from "./errors";
import type { AddressKind, Device, Project } from "./records";
import { RequestFields } from "./request-fields";
import type { Store } from "./store";

const HOSTNAME = /^[A-Za-z0-9]([A-Za-z0-9-.]{0,61}[A-Za-z0-9])?$/;

/** A new device from the body of a POST, in the lowest free slot; 422 for what the catalogue does not have. */
export function newDevice(store: Store, project: Project, body: unknown, at: string): Device {
  const fields = new RequestFields(body);
  const hostname = fields.text("hostname");
  const plan = fields.text("plan");
  const operatingSystem = fields.text("operating_system");
  const facilities = fields.texts("facility") ?? [];
  const metro = fields.optionalText("metro");
  const customdata = fields.embeddedObject("customdata") ?? {};
  const reservation = fields.optionalText("hardware_reservation_id") || undefined;
  const rest = {
    description: fields.optionalText("description"),
    billingCycle: fields.optionalText("billing_cycle") ?? "hourly",
    tags: fields.texts("tags") ?? [],
    userdata: fields.optionalText("userdata") ?? "",
    ipxeScriptUrl: fields.optionalText("ipxe_script_url"),
    alwaysPxe: fields.flag("always_pxe") ?? false,
    locked: fields.flag("locked") ?? false,
  };
  const keys = fields.texts("project_ssh_keys");
  const addressKinds = readAddressKinds(fields);
  if (hostname !== "" && !HOSTNAME.test(hostname))
    fields.problem(`Hostname ${hostname} is invalid: letters, digits, "-" and "." only`);
  if (metro !== undefined && facilities.length > 0) fields.problem("Metro and facility cannot both be given");
  if (metro === undefined && facilities.length === 0) fields.problem("Metro or facility can't be blank");
  fields.check();
  checkPlan(plan);
  operatingSystemBySlug(operatingSystem);
  const facility = metro === undefined ? pickFacility(facilities) : metroByCode(metro).facility;
  return {
    id: randomUUID(),
    projectId: project.id,
    slot: freeSlot(store, facility, plan),
    state: "queued",
    created: false,
    hostname,
    plan,
    operatingSystem,
    facility,
    customdata,
    addressKinds,
    ...rest,
    hardwareReservationId: reservation === undefined ? undefined : pickReservation(store, reservation),
    sshKeyIds: pickKeys(store, project, keys),
    rootPassword: randomBytes(9).toString("base64url"),
    createdAt: at,
    updatedAt: at,
  };
}

/** `ip_addresses` lists what the device gets; a private IPv4 address is mandatory in it. */
function readAddressKinds(fields: RequestFields): readonly AddressKind[] {
  const wanted = fields.objects("ip_addresses");
  if (wanted === undefined || wanted.length === 0) return ADDRESS_KINDS;
  const kinds = ADDRESS_KINDS.filter(kind =>
    wanted.some(
      entry => kind === `${entry["public"] === true ? "public" : "private"}_ipv${String(entry["address_family"])}`,
    ),
  );
  if (!kinds.includes("private_ipv4")) fields.problem("Ip addresses must include a private IPv4 address");
  return kinds;
}

/** The first facility that exists. Naming only unknown ones is an error; `any` takes the first of the rack. */
function pickFacility(wanted: readonly string[]): string {
  const known = METROS.map(metro => metro.facility);
  for (const code of wanted) {
    const facility = code === "any" ? known[0] : known.find(candidate => candidate === code.toLowerCase());
    if (facility !== undefined) return facility;
  }
  throw unprocessable(...wanted.map(code => `${code} is not a valid facility; the rack has ${known.join(", ")}`));
}

function freeSlot(store: Store, facility: string, plan: string): number {
  const taken = new Set(store.devices.all().map(device => device.slot));
  for (let slot = 0; slot < MAX_MACHINES; slot++) if (!taken.has(slot)) return slot;
  throw unprocessable(
    `The facility ${facility} has no provisionable ${plan} servers matching your criteria: the rack's ${MAX_MACHINES} slots are taken`,
  );
}

function pickReservation(store: Store, wanted: string): string {
  if (wanted === "next-available") return randomUUID();
  const user = store.devices.all().find(device => device.hardwareReservationId === wanted);
  if (user !== undefined)
    throw unprocessable(`Hardware reservation ${wanted} is not provisionable: ${user.hostname} uses it`);
  return wanted;
}

/** The named keys, or all of the project's when none is named. */
function pickKeys(store: Store, project: Project, wanted: readonly string[] | undefined): string[] {
  const own = store.sshKeys.where(key => key.projectId === project.id).map(key => key.id);
  if (wanted === undefined || wanted.length === 0) return own;
  const unknown = wanted.filter(id => !own.includes(id));
  if (unknown.length > 0)
    throw unprocessable(...unknown.map(id => `Project ssh key ${id} does not exist in the project`));
  return [...wanted];
}
