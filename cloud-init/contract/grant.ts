import type { MachineIdentity } from "./identity";
import type { NodeSpec } from "./node";
import type { PkiFile } from "./pki";
import type { Verb } from "./verbs";

/**
 * What a machine is handed over SSH (`rackplane receive` on standard input): its newest node document, the program
 * that it is to run, the kubeadm documents and, for a member, the cluster's keys. Secret as a whole when `pki` is
 * there; kept in `/run/rackplane` (0600) and wiped when the verb ends.
 *
 * A verb that only asks is sent with the machine's name and address alone: the machine completes it with what its last
 * grant said (grant/receive/facts.sh).
 */
export interface Grant {
  readonly verb: Verb;
  readonly node: NodeSpec;
  /** This machine. It may say more of itself here than in the roster, where name and address alone stand. */
  readonly machine: MachineIdentity;
  /** Every control-plane machine of the cluster; this one is among them, by name and address, if it is one. */
  readonly roster: readonly MachineIdentity[];
  /**
   * SHA-256 of the on-node program's archive that this grant was made for; the machine has it, or is brought it, before
   * the grant. Absent for verbs that only ask.
   */
  readonly program?: string;
  /** A worker's pool, as it should be seen on its Node. */
  readonly pool?: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly Taint[];
  };
  /**
   * Files that this cluster's settings need on the machine, absolute path to content: kubeadm patches (a
   * pool's kubelet settings are one), the audit policy. Put in place (0600, root) before kubeadm runs. The
   * verbs `form`, `member` and `worker` remove what lies in `FILES_FOLDERS` and is not named here (absent: no
   * file is), `ENCRYPTION_FILE` apart; other verbs leave them alone. Not secret.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** kubeadm's v1beta4 documents; JSON is YAML. Absent for a balancer. */
  readonly kubeadm?: {
    /** InitConfiguration, ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration. Absent for a worker. */
    readonly init?: readonly object[];
    /** JoinConfiguration without discovery: token and CA pin are added on the machine. */
    readonly join: object;
  };
  /** How Secrets are encrypted in etcd; the key is `secrets.encryptionKey`, made by `form`. */
  readonly encryption?: EncryptionProvider;
  readonly secrets?: GrantSecrets;
  /** The files below /etc/kubernetes/pki that make one cluster: relative path to PEM text. */
  readonly pki?: Readonly<Record<PkiFile, string>>;
  /** What a worker joins with, and the resource that is to be replaced when it is over. Secret. */
  readonly invitation?: Invitation & { readonly urn: string };
  /** The name of the worker that `mint` is to invite; an earlier Node of that name is forgotten. */
  readonly invitee?: string;
}

/** Kubernetes' own form. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** What must not be in node.json, user data, arguments or logs. */
export interface GrantSecrets {
  /** VRRP's simple password, 1 to 8 characters. */
  readonly vrrpPassword?: string;
  /** BGP neighbour's address to the MD5 password of its session. */
  readonly md5?: Readonly<Record<string, string>>;
  /** 32 bytes in base64. */
  readonly encryptionKey?: string;
}

/** A bootstrap token for one worker, valid for half an hour, and what to know the cluster's CA by. */
export interface Invitation {
  /** `abcdef.0123456789abcdef`. */
  readonly token: string;
  /** `sha256:<hex>` of the CA's public key, as kubeadm's `caCertHashes` has it. */
  readonly caHash: string;
}

export interface FormResult {
  readonly pki: Readonly<Record<PkiFile, string>>;
  /** 32 random bytes in base64; present when the grant asked for `encryption`. */
  readonly encryptionKey?: string;
}

/** How the API server encrypts Secrets at rest. */
export type EncryptionProvider = "secretbox" | "aescbc";

/** kubeadm's `patches.directory` and the API server's own files; what the grant's `files` may lie in. */
export const PATCHES_FOLDER = "/etc/rackplane/patches";

export const API_SERVER_FOLDER = "/etc/rackplane/apiserver";

export const FILES_FOLDERS = [PATCHES_FOLDER, API_SERVER_FOLDER] as const;

/** The EncryptionConfiguration that a machine writes from its grant's provider and key (0600). */
export const ENCRYPTION_FILE = `${API_SERVER_FOLDER}/encryption.json`;
