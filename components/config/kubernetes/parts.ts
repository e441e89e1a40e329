import { z } from "zod";
import { extraArgsSchema } from "./arguments";
import { extraVolumesSchema, type VolumeArgs, type VolumeSpec } from "./volumes";

/** Settings of the controller managers, or of the schedulers. An edit reaches one machine after the other. */
export interface PartArgs {
  /**
   * More arguments, name without "--" to value. Rackplane sets those that hold the cluster together.
   * @default {}
   * @example { "node-monitor-grace-period": "20s" }
   */
  extraArgs?: Record<string, string>;
  /**
   * Files and folders of the machines that the arguments name.
   * @default []
   * @example [{ name: "profiles", hostPath: "/etc/scheduler" }]
   */
  extraVolumes?: VolumeArgs[];
}

/** The complete form of {@link PartArgs}. */
export interface PartSpec {
  readonly extraArgs: Readonly<Record<string, string>>;
  readonly extraVolumes: readonly VolumeSpec[];
}

const partSchema = (component: "kube-controller-manager" | "kube-scheduler") =>
  z
    .object({ extraArgs: extraArgsSchema(component), extraVolumes: extraVolumesSchema })
    .strict()
    .default({});

export const controllerManagerSchema = partSchema("kube-controller-manager");
export const schedulerSchema = partSchema("kube-scheduler");
