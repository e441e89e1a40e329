/** A file or folder of the machine in a pod of the control plane: kubeadm's HostPathMount. */
export interface Volume {
  readonly name: string;
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly pathType?: string | undefined;
}

/** What a person sets of one program of the control plane. */
export interface PartFacts {
  /** Flags without dashes, e.g. `node-monitor-grace-period` -> `20s`. */
  readonly extraArgs: Readonly<Record<string, string>>;
  /** @default none */
  readonly extraVolumes?: readonly Volume[];
}

/** Fields of ClusterConfiguration's `apiServer`, `controllerManager` and `scheduler`, and of `etcd.local`. */
export interface PartSettings {
  readonly extraArgs?: readonly object[];
  readonly extraVolumes?: readonly object[];
}

/** None where nothing is set. */
export const partSettings = ({ extraArgs = {}, extraVolumes = [] }: Partial<PartFacts> = {}): PartSettings => ({
  ...(Object.keys(extraArgs).length === 0
    ? {}
    : { extraArgs: Object.entries(extraArgs).map(([name, value]) => ({ name, value })) }),
  ...(extraVolumes.length === 0 ? {} : { extraVolumes }),
});

/** The settings as a field of that name; no field where nothing is set. */
export const partField = <Name extends string>(
  name: Name,
  settings: PartSettings,
): Partial<Record<Name, PartSettings>> =>
  Object.keys(settings).length === 0 ? {} : ({ [name]: settings } as Record<Name, PartSettings>);

type Gates = Readonly<Record<string, boolean>>;

/** The part's settings with the cluster's feature gates as an argument. */
export const withGates = ({ extraArgs = [], ...rest }: PartSettings, gates: Gates = {}): PartSettings => {
  const words = Object.keys(gates)
    .sort()
    .map(name => `${name}=${String(gates[name])}`);
  if (words.length > 0)
    return { extraArgs: [...extraArgs, { name: "feature-gates", value: words.join(",") }], ...rest };
  return extraArgs.length === 0 ? rest : { extraArgs, ...rest };
};

/** Fields of a kubelet or kube-proxy with the cluster's feature gates below their own. */
export function fieldsWithGates(fields: object = {}, gates: Gates = {}): object {
  if (Object.keys(gates).length === 0) return fields;
  const own = (fields as { featureGates?: object }).featureGates;
  return { ...fields, featureGates: { ...gates, ...own } };
}
