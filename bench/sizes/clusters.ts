import { stringify } from "yaml";
import { completeForPreview } from "../../rack/cli/preview";
import { stackFile } from "../../rack/cli/stack-file";

/** The stack file of a cluster whose machines, all over SSH, exist nowhere. */
export function clusterOverSsh(options: {
  readonly controlPlane: number;
  readonly workers: number;
  /** Absent: the SSH agent is asked. */
  readonly privateKeyPath?: string;
  /** Loopback ports of stand-ins for SSH servers, control plane first: the program itself looks at each machine. */
  readonly ports?: readonly number[];
}): string {
  const host = (role: string, subnet: number) => (_: unknown, i: number) => ({
    name: `${role}-${i}`,
    address: `10.71.${subnet}.${i + 1}`,
  });
  const dialled = (options.ports ?? []).map(port => ({ sshHost: "127.0.0.1", port }));
  return completed({
    ...COMMON,
    "rackplane:machines": {
      kind: "ssh",
      hosts: Array.from({ length: options.controlPlane }, host("cp", 0)).map((own, i) => ({ ...own, ...dialled[i] })),
    },
    "rackplane:workers": [
      {
        name: "general",
        machines: {
          kind: "ssh",
          hosts: Array.from({ length: options.workers }, host("worker", 1)).map((own, i) => ({
            ...own,
            ...dialled[options.controlPlane + i],
          })),
        },
      },
    ],
    "rackplane:endpoint": { kind: "kube-vip-arp", address: "10.71.2.1", prefix: 16 },
    ...(options.privateKeyPath === undefined ? {} : { "rackplane:ssh": { privateKeyPath: options.privateKeyPath } }),
  });
}

/** The stack file of a cluster whose machines are rented. */
export function clusterRented(options: {
  readonly controlPlane: number;
  readonly workers: number;
  readonly publicKey: string;
}): string {
  const servers = { kind: "equinix-metal", plan: "c3.small.x86", operatingSystem: "debian_12", metros: ["sv"] };
  return completed({
    ...COMMON,
    "rackplane:controlPlane": { count: options.controlPlane },
    "rackplane:machines": { ...servers, project: { name: "large" } },
    "rackplane:workers":
      options.workers === 0 ? [] : [{ name: "general", machines: { ...servers, count: options.workers } }],
    "rackplane:ssh": { publicKey: options.publicKey },
  });
}

const COMMON = { "rackplane:name": "large", "rackplane:kubernetesVersion": "1.34.3" };

const completed = (config: object): string => completeForPreview(stackFile(stringify({ config })));
