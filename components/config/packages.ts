import { z } from "zod";
import { checkedText } from "./values/forms";
import { describe } from "./values/problems";

/**
 * Versions of the distribution's packages that the cluster runs on: exact, as `apt-cache madison PACKAGE` lists them on a
 * machine, or without Debian's own part behind the last "-". An edit reaches one machine after the other, and any version
 * may follow any other one. A package that is not named stays as it is on machines that run, and is the distribution's
 * newest on a new one.
 */
export type PackagesArgs = { [Package in PackageName]?: string };

/** containerd and runc are on control-plane machines and workers; the others where they hold the endpoint. */
export const PACKAGES = ["containerd", "runc", "haproxy", "nginx", "keepalived", "bird2"] as const;
export type PackageName = (typeof PACKAGES)[number];

/** The complete form of {@link PackagesArgs}. */
export type PackagesSpec = Readonly<PackagesArgs>;

const VERSION = 'a version in quotes, such as "1.7.24~ds1-6" or "2.6.12", as \'apt-cache madison\' lists it';

// deb-version(7): an epoch, what the program's authors call it, Debian's own part.
const version = checkedText(VERSION, text =>
  /^([0-9]+:)?[0-9][A-Za-z0-9.+~-]{0,99}$/.test(text) ? undefined : `found ${describe(text)}, expected ${VERSION}`,
);

export const packagesSchema = z
  .object({
    containerd: version.optional(),
    runc: version.optional(),
    haproxy: version.optional(),
    nginx: version.optional(),
    keepalived: version.optional(),
    bird2: version.optional(),
  } satisfies Record<PackageName, unknown>)
  .strict()
  .default({});
