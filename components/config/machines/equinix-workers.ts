import { z } from "zod";
import {
  SERVER_FIELDS,
  completeServers,
  reservationProblems,
  siteProblems,
  type ServersArgs,
  type ServersSpec,
} from "./equinix-servers";
import { machinesKind, type Kind } from "../kind";
import { problem } from "../values/problems";
import { isRecord, readSection } from "../values/section";
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

export const equinixWorkers: Kind<EquinixWorkersArgs, EquinixWorkersSpec> = {
  example: { kind: "equinix-metal", count: 2, plan: "c3.small.x86", operatingSystem: "ubuntu_24_04", metros: ["da"] },
  read(raw, path, context) {
    const { value, partial, problems: found } = readSection(schema, raw, path);
    const problems = [
      ...found,
      ...(isRecord(raw) ? siteProblems(raw, path) : []),
      ...reservationProblems(raw, partial?.count, "count", [...path, "hardwareReservationIds"]),
      ...(machinesKind(context) === "ssh"
        ? [
            problem(
              [...path, "kind"],
              "found equinix-metal with a control plane over SSH, expected ssh; workers are rented in the control plane's project, and there is none",
            ),
          ]
        : []),
    ];
    return value === undefined || problems.length > 0
      ? { problems }
      : { value: { kind: value.kind, count: value.count, ...completeServers(value) }, problems };
  },
};
