import { z } from "zod";
import {
  SERVER_FIELDS,
  completeServers,
  reservationCountProblems,
  reservationProblems,
  siteProblems,
  type ServersArgs,
  type ServersSpec,
} from "./equinix-servers";
import type { Kind } from "../values/kind";
import { judged, readSection } from "../values/section";
import { whole } from "../values/forms";

/** Workers rented from Equinix Metal, in the control plane's project. */
export interface EquinixWorkersArgs extends ServersArgs {
  kind: "equinix-metal";
  /** Number of machines, 1 to 100; they are called `<cluster>-<pool>-0`, `<cluster>-<pool>-1`, ... */
  count: number;
}

/** The complete form of {@link EquinixWorkersArgs}. */
export interface EquinixWorkersSpec extends ServersSpec {
  readonly kind: "equinix-metal";
  readonly count: number;
}

export const MOST_WORKERS = 100;

const schema = z
  .object({ kind: z.literal("equinix-metal"), count: whole("a number of machines", 1, MOST_WORKERS), ...SERVER_FIELDS })
  .strict();

export const equinixWorkers: Kind<EquinixWorkersArgs, EquinixWorkersSpec, z.output<typeof schema>> = {
  example: { kind: "equinix-metal", count: 2, plan: "c3.small.x86", operatingSystem: "ubuntu_24_04", metros: ["da"] },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    const reservations = [...path, "hardwareReservationIds"];
    return judged(
      reading,
      [
        ...siteProblems(reading, path),
        ...reservationCountProblems(reading, { count: reading.partial.count, counted: "count" }, reservations),
        ...reservationProblems(reading.partial.hardwareReservationIds, reservations),
      ],
      section => ({ kind: section.kind, count: section.count, ...completeServers(section) }),
    );
  },
};
