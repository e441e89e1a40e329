import { describe, expect, test } from "vitest";
import { PRIVATE_KEY, PUBLIC_KEY, UUID } from "../config/samples";
import { VIP, deviceId, indices, lab, MD5_PASSWORD } from "./lab";
import { SECRET, cloudConfig } from "./values";

/** What terraform-provider-metal 2.0.1, the code inside @pulumi/equinix-metal 2.0.0, answers with a replacement. */
const REPLACES_A_DEVICE = [
  "projectId",
  "operatingSystem",
  "metro",
  "facilities",
  "plan",
  "billingCycle",
  "userData",
  "customData",
  "hardwareReservationId",
  "storage",
  "projectSshKeyIds",
];

describe("devices", () => {
  test("stand in the metros in turn", async () => {
    const { all } = await lab({ controlPlane: { count: 5 }, machines: { metros: ["SV", "da", "am"] } });
    expect(all("Device").map(({ inputs }) => inputs.metro)).toEqual(["sv", "da", "am", "sv", "da"]);
    expect(all("Device").filter(({ inputs }) => inputs.facilities !== undefined)).toEqual([]);
  });

  test("stand in facilities of the older kind in turn, and then in no metro", async () => {
    const { all } = await lab({ machines: { metros: undefined, facilities: ["sv15", "da11"] } });
    expect(all("Device").map(({ inputs }) => inputs.facilities)).toEqual([["sv15"], ["da11"], ["sv15"]]);
    expect(all("Device").filter(({ inputs }) => inputs.metro !== undefined)).toEqual([]);
  });

  test("take one hardware reservation each, in order", async () => {
    const reservations = indices(3).map(i => UUID.replace(/.$/, String(i)));
    const { all } = await lab({ machines: { hardwareReservationIds: reservations } });
    expect(all("Device").map(({ inputs }) => inputs.hardwareReservationId)).toEqual(reservations);
  });

  test("are on demand without reservations", async () => {
    const { all } = await lab();
    expect(all("Device").filter(({ inputs }) => "hardwareReservationId" in inputs)).toEqual([]);
  });

  test("carry what the configuration says, and names that are the nodes'", async () => {
    const { all } = await lab({
      name: "prod",
      machines: { tags: ["team-core"], billingCycle: "monthly", plan: "m3.large.x86" },
    });
    expect(all("Device").map(({ name, inputs }) => [name, inputs.hostname])).toEqual([
      ["lab-cp-0", "prod-cp-0"],
      ["lab-cp-1", "prod-cp-1"],
      ["lab-cp-2", "prod-cp-2"],
    ]);
    for (const { inputs } of all("Device")) {
      expect(inputs).toMatchObject({
        tags: ["team-core"],
        billingCycle: "monthly",
        plan: "m3.large.x86",
        operatingSystem: "ubuntu_24_04",
        projectId: "id-of-lab-project",
        projectSshKeyIds: ["id-of-lab-ssh-key"],
      });
    }
  });

  test("are never replaced by an edit, and go before their successors come", async () => {
    const { all } = await lab();
    for (const device of all("Device")) {
      expect(REPLACES_A_DEVICE.filter(property => !device.ignoreChanges.includes(property))).toEqual([]);
      expect(device.deleteBeforeReplace).toBe(true);
    }
  });

  test("still take a new host name, description and tags in place", async () => {
    const { all } = await lab();
    expect(
      all("Device")
        .flatMap(device => device.ignoreChanges)
        .filter(key => ["hostname", "description", "tags"].includes(key)),
    ).toEqual([]);
  });

  test("keep their root password secret", async () => {
    const { all } = await lab();
    for (const device of all("Device")) expect(device.additionalSecretOutputs).toContain("rootPassword");
  });
});

describe("user data", () => {
  test("is the same for every control-plane machine", async () => {
    const { all } = await lab({ controlPlane: { count: 5 }, machines: { metros: ["sv", "da"] } });
    expect(new Set(all("Device").map(({ inputs }) => inputs.userData)).size).toBe(1);
  });

  test("holds no key, no password and no token: every program on the machine can read it", async () => {
    const { find } = await lab({ machines: { project: { name: "lab", bgp: { md5Password: MD5_PASSWORD } } } });
    const userData = cloudConfig(find("lab-cp-0"));
    expect(userData).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]/);
    expect(userData).not.toContain(PRIVATE_KEY.split("\n")[1]);
    expect(userData).not.toContain(MD5_PASSWORD);
    // kubeadm's bootstrap tokens.
    expect(userData).not.toMatch(/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/);
  });

  test("knows the VIP", async () => {
    const { find } = await lab();
    const userData = cloudConfig(find("lab-cp-0"));
    expect(userData).toContain(VIP);
  });

  test("waits in a preview for the VIP and nothing else", async () => {
    const { find } = await lab();
    expect(find("lab-cp-0").propertyDependencies.userData).toEqual(["lab-vip"]);
  });
});

describe("the virtual IP", () => {
  test("is one address of a global block, with neither metro nor facility", async () => {
    const { all } = await lab();
    expect(all("ReservedIpBlock").map(({ inputs }) => inputs)).toEqual([
      { projectId: "id-of-lab-project", type: "global_ipv4", quantity: 1 },
    ]);
  });

  test("of an existing reservation is read and never owned", async () => {
    const { all } = await lab({
      machines: { project: { id: UUID }, protect: true },
      endpoint: { reservationId: UUID },
    });
    expect(all("ReservedIpBlock").map(({ kind, inputs }) => ({ kind, inputs }))).toEqual([
      { kind: "read", inputs: { id: UUID } },
    ]);
  });

  test.each([{}, { machines: { project: { id: UUID } }, endpoint: { reservationId: UUID } }])(
    "is attached to no machine: BGP brings it there",
    async args => {
      const { all } = await lab(args);
      expect(all("IpAttachment")).toEqual([]);
    },
  );
});

describe("BGP", () => {
  test("has one IPv4 session a device, replaced with it", async () => {
    const { all } = await lab();
    expect(all("BgpSession").map(({ inputs }) => inputs)).toEqual(
      indices(3).map(i => ({ deviceId: deviceId(i), addressFamily: "ipv4", defaultRoute: false })),
    );
    expect(all("BgpSession").filter(session => !session.deleteBeforeReplace)).toEqual([]);
  });

  test("is local, with the customer's ASN, in a new project", async () => {
    const { find } = await lab();
    expect(find("lab-project").inputs).toEqual({ name: "lab", bgpConfig: { deploymentType: "local", asn: 65000 } });
  });

  test("has its MD5 password as a secret", async () => {
    const { find } = await lab({ machines: { project: { name: "lab", bgp: { md5Password: MD5_PASSWORD } } } });
    const { inputs, visible } = find("lab-project");
    expect(inputs.bgpConfig).toMatchObject({ md5: MD5_PASSWORD });
    expect(visible.bgpConfig).toMatchObject({ md5: SECRET });
  });
});

describe("a project", () => {
  test("that exists is neither made nor changed, and the machines go there", async () => {
    const { all } = await lab({ machines: { project: { id: UUID } } });
    expect(all("Project")).toEqual([]);
    expect(
      [...all("Device"), ...all("ProjectSshKey"), ...all("ReservedIpBlock")].filter(
        ({ inputs }) => inputs.projectId !== UUID,
      ),
    ).toEqual([]);
  });

  test("is never replaced by an edit: the VIP and the machines' home would go with it", async () => {
    const { find } = await lab();
    expect(find("lab-project").ignoreChanges).toContain("organizationId");
  });

  test("has the operator's public key", async () => {
    const { find } = await lab();
    expect(find("lab-ssh-key").inputs).toEqual({ projectId: "id-of-lab-project", name: "lab", publicKey: PUBLIC_KEY });
  });
});

describe("protection", () => {
  const names = ["lab-project", "lab-vip", "lab-cp-0", "lab-cp-1", "lab-cp-2"];

  test("by machines.protect covers project, block and devices, and nothing else", async () => {
    const { resources } = await lab({ machines: { protect: true } });
    expect(
      resources
        .filter(({ protect }) => protect)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...names].sort());
  });

  test("of the component covers everything below it", async () => {
    const { resources } = await lab({}, { protect: true });
    expect(resources.filter(({ protect }) => !protect).map(({ name }) => name)).toEqual([]);
  });

  test("is off by default", async () => {
    const { resources } = await lab();
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
  });
});
