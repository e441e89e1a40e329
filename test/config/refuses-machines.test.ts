import { describe } from "vitest";
import { LEAST, UUID, given, machines, refuses } from "./samples";

describe("machines on Equinix Metal", () => refuses([
  ["a kind shortened", machines({ kind: "equinix" }), [
    'machines.kind: found "equinix", expected equinix-metal; did you mean equinix-metal?',
  ]],
  ["another kind", machines({ kind: "vsphere" }), [
    'machines.kind: found "vsphere", expected equinix-metal',
  ]],
  ["no kind", machines({ kind: undefined }), [
    "machines.kind: found nothing, expected equinix-metal",
  ]],
  ["a list", given({ machines: [] }), [
    "machines: found an empty list, expected an object whose kind is equinix-metal",
  ]],
  ["a misspelt key", machines({ oparatingSystem: "debian_12" }), [
    "machines.oparatingSystem: no such setting; did you mean operatingSystem?",
  ]],
  ["neither metros nor facilities", machines({ metros: undefined }), [
    'machines.metros: found no place for the machines, expected one metro or more, such as ["da"]',
  ]],
  ["metros and facilities", machines({ facilities: ["sv15"] }), [
    "machines.facilities: found metros too, expected one of the two; keep machines.metros, facilities are the older form",
  ]],
  ["a facility for a metro", machines({ metros: ["sv15"] }), [
    'machines.metros[0]: found "sv15", a facility, expected its metro of two letters; or use machines.facilities',
  ]],
  ["a metro for a facility", machines({ metros: undefined, facilities: ["sv"] }), [
    'machines.facilities[0]: found "sv", a metro, expected a facility; use machines.metros',
  ]],
  ["a city's name", machines({ metros: ["dallas"] }), [
    'machines.metros[0]: found "dallas", expected a metro code of two letters, such as "da"',
  ]],
  ["a metro outside a list", machines({ metros: "da" }), [
    'machines.metros: found "da", expected a list of metros, such as ["da"]',
  ]],
  ["no plan", machines({ plan: undefined }), [
    'machines.plan: found nothing, expected a server plan, such as "c3.small.x86"',
  ]],
  ["a plan of another form", machines({ plan: "small" }), [
    'machines.plan: found "small", expected a server plan, such as "c3.small.x86"',
  ]],
  ["an operating system that is too old", machines({ operatingSystem: "ubuntu_20_04" }), [
    'machines.operatingSystem: found "ubuntu_20_04", expected ubuntu_22_04, ubuntu_24_04 or debian_12; did you mean ubuntu_22_04?',
  ]],
  ["an unknown operating system", machines({ operatingSystem: "windows_2022" }), [
    'machines.operatingSystem: found "windows_2022", expected ubuntu_22_04, ubuntu_24_04 or debian_12',
  ]],
  ["an unknown billing cycle", machines({ billingCycle: "weekly" }), [
    'machines.billingCycle: found "weekly", expected hourly, daily, monthly or yearly',
  ]],
  ["one reservation for three machines", machines({ hardwareReservationIds: [UUID] }), [
    "machines.hardwareReservationIds: found 1, expected 3, one per machine (controlPlane.count)",
  ]],
  ["one reservation twice, and a word", machines({ hardwareReservationIds: [UUID, UUID.toUpperCase(), "next-available"] }), [
    'machines.hardwareReservationIds[2]: found "next-available", expected a hardware reservation, a UUID such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11',
    'machines.hardwareReservationIds[1]: found "0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11" as in [0], expected another one; a reservation holds one machine',
  ]],
  ["a project without name and id", machines({ project: {} }), [
    "machines.project: found neither name nor id, expected an object with name (a new project) or id (an existing one)",
  ]],
  ["a project with name and id", machines({ project: { name: "a", id: UUID } }), [
    "machines.project: found both name and id, expected one: name makes a new project, id adopts an existing one",
  ]],
  ["a project's name for its id", machines({ project: { id: "lab" } }), [
    `machines.project.id: found "lab", expected the project's id, a UUID such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11`,
  ]],
  ["a project that is a text", machines({ project: "lab" }), [
    'machines.project: found "lab", expected an object with name, id, organizationId or bgp',
  ]],
  ["an MD5 password for an existing project", machines({ project: { id: UUID, bgp: { md5Password: "Abcdefghi1" } } }), [
    "machines.project.bgp.md5Password: found a password for an existing project, expected none; it is fixed when a project's BGP is enabled, and machines learn it from their metadata",
  ]],
  ["an owner for an existing project", machines({ project: { id: UUID, organizationId: UUID } }), [
    "machines.project.organizationId: found an owner for an existing project, expected none; leave it out",
  ]],
  ["a short MD5 password, without quoting it", machines({ project: { name: "a", bgp: { md5Password: "short1A" } } }), [
    "machines.project.bgp.md5Password: found 7 characters that do not fit, expected 10 to 20 letters and digits, with a lower-case letter, an upper-case letter and a digit",
  ]],
  ["an MD5 password that is a number", machines({ project: { name: "a", bgp: { md5Password: 1234567890 } } }), [
    "machines.project.bgp.md5Password: found a number, expected 10 to 20 letters and digits, with a lower-case letter, an upper-case letter and a digit",
  ]],
  ["a key that exists nowhere below bgp", machines({ project: { name: "a", bgp: { md5: "Abcdefghi1" } } }), [
    "machines.project.bgp.md5: no such setting; expected md5Password",
  ]],
  ["tags with spaces or empty", machines({ tags: ["a b", ""] }), [
    'machines.tags[0]: found "a b", expected a tag without spaces, of one character or more',
    'machines.tags[1]: found "", expected a tag without spaces, of one character or more',
  ]],
  ["no token", LEAST, [
    "machines: found no API token, expected one in METAL_AUTH_TOKEN, PACKET_AUTH_TOKEN or equinix-metal:authToken; run pulumi config set equinix-metal:authToken --secret",
  ], { credentials: false }],
]));
