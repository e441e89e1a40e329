import { z } from "zod";
import type { IsolationArgs } from "./kubernetes/isolation";
import { COUNT, countProblem } from "./values/member-count";
import { expecting, flag } from "./values/forms";

export interface ControlPlaneArgs {
  /**
   * Number of control-plane machines: 1, 3, 5 or 7 (etcd needs a majority and advises 7 at most).
   * @default 3 rented machines; over SSH, as many as `machines.hosts`
   */
  count?: number;
  /**
   * Let ordinary pods run on control-plane machines.
   * @default false
   */
  schedulable?: boolean;
  /**
   * Resources that belong to the control plane's pods alone.
   * @default none: requests as kubeadm sets them, no limits
   */
  isolation?: IsolationArgs;
}

const count = z
  .number(expecting(COUNT))
  .int()
  .superRefine((found, context) => {
    const message = countProblem(found);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** Isolation is read as a section of its own, because its fields are compared with one another. */
export const controlPlaneSchema = z
  .object({ count: count.optional(), schedulable: flag().default(false), isolation: z.unknown() })
  .strict()
  .default({});
