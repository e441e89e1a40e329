import { z } from "zod";
import { checkedText, flag, list, oneOf } from "../values/forms";
import { describe } from "../values/problems";

/** A file or folder of the machine that a pod of the control plane sees: one that an argument names. */
export interface VolumeArgs {
  /** A name of its own in the pod, a DNS label. */
  name: string;
  /** Absolute path on the machine. It has to be there on every control-plane machine, unless `pathType` makes it. */
  hostPath: string;
  /**
   * Absolute path in the pod.
   * @default `hostPath`
   */
  mountPath?: string;
  /** @default true */
  readOnly?: boolean;
  /**
   * What has to be there, in Kubernetes' words.
   * @default none: a file or a folder
   */
  pathType?: PathType;
}

/** The complete form of {@link VolumeArgs}. */
export type VolumeSpec = Readonly<Required<Omit<VolumeArgs, "pathType">> & Pick<VolumeArgs, "pathType">>;

const PATH_TYPES = ["File", "FileOrCreate", "Directory", "DirectoryOrCreate"] as const;
export type PathType = (typeof PATH_TYPES)[number];

/** Volumes that kubeadm (cmd/kubeadm/app/phases/controlplane/volumes.go, 1.31 to 1.37) and this program make. */
const TAKEN =
  /^(k8s-certs|ca-certs|etc-ca-certificates|etc-pki.*|usr-.*|flexvolume-dir|kubeconfig|etcd-.*|rackplane|audit-log)$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const PATH = 'an absolute path without "..", such as "/etc/webhook"';

const path = checkedText(PATH, value =>
  /^\/[^:\0]*$/.test(value) && !value.split("/").includes("..")
    ? undefined
    : `found ${describe(value)}, expected ${PATH}`,
);

const volume = z
  .object({
    name: checkedText("a volume's name, a DNS label", name => {
      if (!LABEL.test(name)) return `found ${describe(name)}, expected a DNS label: a-z, 0-9 and inner "-"`;
      return TAKEN.test(name) ? `found "${name}", which kubeadm or Rackplane uses, expected another name` : undefined;
    }),
    hostPath: path,
    mountPath: path.optional(),
    readOnly: flag().default(true),
    pathType: oneOf(PATH_TYPES).optional(),
  })
  .strict()
  .transform(({ mountPath, ...rest }): VolumeSpec => ({ ...rest, mountPath: mountPath ?? rest.hostPath }));

export const extraVolumesSchema = list("a list of volumes, each with name and hostPath", volume)
  .superRefine((volumes, context) => {
    for (const field of ["name", "mountPath"] as const)
      volumes.forEach(({ [field]: value }, i) => {
        if (volumes.findIndex(other => other[field] === value) < i)
          context.addIssue({
            code: "custom",
            path: [i, field],
            message: `found ${describe(value)} twice, expected one of its own for each volume`,
          });
      });
  })
  .default([]);
