import type * as pulumi from "@pulumi/pulumi";

/** Machines rented from Equinix Metal, with local BGP to the top-of-rack switches. */
export interface EquinixMetalArgs {
  kind: "equinix-metal";
  /** The project that owns the machines and the address block: a new one, or one that exists. */
  project: NewProjectArgs | AdoptedProjectArgs;
  /**
   * Server plan. Changing it replaces every machine.
   * @example "c3.small.x86"
   */
  plan: string;
  /**
   * Operating system slug: `ubuntu_22_04`, `ubuntu_24_04` or `debian_12`. Changing it replaces every machine.
   * @example "ubuntu_24_04"
   */
  operatingSystem: string;
  /**
   * Metro codes; machines are placed in them in turn (machine 0 in the first, machine 1 in the second, ...).
   * Give these or `facilities`, not both. Written in any case: the provider would replace a machine over `SV`
   * against the API's `sv`, so the spec holds lower case.
   * @example ["da"]
   */
  metros?: string[];
  /**
   * Facility codes of the older kind, used in turn like `metros`.
   * @example ["sv15"]
   */
  facilities?: string[];
  /**
   * Hardware reservations to deploy on, one UUID per control-plane machine, in machine order.
   * @default none: on-demand machines
   */
  hardwareReservationIds?: string[];
  /**
   * Tags of every machine, besides those that Rackplane adds.
   * @default []
   */
  tags?: string[];
  /**
   * Billing cycle: `hourly`, `daily`, `monthly` or `yearly`. Changing it replaces every machine.
   * @default "hourly"
   */
  billingCycle?: BillingCycle;
  /**
   * Refuse to delete machines, project and address block until this is set back to false.
   * @default false
   */
  protect?: boolean;
}

/** A project that Rackplane creates, with local BGP enabled, and deletes with the stack. */
export interface NewProjectArgs {
  /** Project name, 1 to 80 characters. */
  name: string;
  /**
   * UUID of the organisation that owns the project.
   * @default the organisation of the API token
   */
  organizationId?: string;
  bgp?: {
    /**
     * MD5 password of the BGP sessions: 10 to 20 letters and digits, with a lower-case letter, an upper-case
     * letter and a digit (the Metal API's rule). Fixed for the life of the project.
     * @default none: sessions without MD5
     */
    md5Password?: pulumi.Input<string>;
  };
}

/** A project that exists and has local BGP enabled already; Rackplane neither changes nor deletes it. */
export interface AdoptedProjectArgs {
  /** UUID of the project. */
  id: string;
}

/** The API's billing cycles. */
export const BILLING_CYCLES = ["hourly", "daily", "monthly", "yearly"] as const;
export type BillingCycle = (typeof BILLING_CYCLES)[number];

/** The operating systems that the on-node program is written for: systemd, apt, cgroup v2. */
export const OPERATING_SYSTEMS = ["ubuntu_22_04", "ubuntu_24_04", "debian_12"] as const;
export type OperatingSystem = (typeof OPERATING_SYSTEMS)[number];

/** The complete form of {@link EquinixMetalArgs}. */
export interface EquinixMetalSpec {
  readonly kind: "equinix-metal";
  readonly project: ProjectSpec;
  readonly plan: string;
  readonly operatingSystem: OperatingSystem;
  readonly sites: Sites;
  /** Empty, or one per control-plane machine, in machine order; lower case. */
  readonly hardwareReservationIds: readonly string[];
  readonly tags: readonly string[];
  readonly billingCycle: BillingCycle;
  readonly protect: boolean;
}

export type ProjectSpec =
  | {
      readonly kind: "new";
      readonly name: string;
      readonly organizationId?: string;
      /** The password is secret. */
      readonly bgp: { readonly md5Password?: pulumi.Output<string> };
    }
  | { readonly kind: "adopted"; readonly id: string };

/** Where machines stand, used in turn; at least one code, lower case. */
export interface Sites {
  readonly kind: "metros" | "facilities";
  readonly codes: readonly string[];
}
