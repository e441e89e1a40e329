import type { MachineIdentity } from "./identity";
import type { NodeSpec } from "./node";
import type { AuthorityFile, PkiFile } from "./pki";
import type { Verb } from "./verbs";

/**
 * What a machine is handed over SSH (`rackplane receive` on standard input): its newest node document, the hash of the
 * program that it is to run, the kubeadm documents and, for a member, the cluster's keys. Secret as a whole when `pki`
 * is there; kept in `/run/rackplane` (0600) and wiped when the verb ends.
 *
 * A grant for a verb that only asks has the machine's name and address alone: the machine completes it from its last
 * grant (grant/receive/facts.sh).
 */
export interface Grant {
  readonly verb: Verb;
  readonly node: NodeSpec;
  /** This machine. It may have more fields here than in the roster, which has names and addresses alone. */
  readonly machine: MachineIdentity;
  /** Every control-plane machine of the cluster; a control-plane machine is itself among them, by name and address. */
  readonly roster: readonly MachineIdentity[];
  /**
   * SHA-256 of the on-node program's archive that this grant was made for. The machine has that program, or its archive
   * was copied there, before the grant comes. Absent for verbs that only ask.
   */
  readonly program?: string;
  /** A worker's pool, as it should be seen on its Node. */
  readonly pool?: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly Taint[];
    /** Seconds that pods have to leave before kubelet gets another version; absent: they stay. */
    readonly drainSeconds?: number;
  };
  /**
   * Files that this cluster's settings need on the machine, absolute path to content: kubeadm patches (a pool's kubelet
   * settings are one), the audit policy. Put in place (0600, root) before kubeadm runs. The verbs `form`, `member` and
   * `worker` remove every file in `FILES_FOLDERS` that is not named here (all when this is absent), except
   * `ENCRYPTION_FILE`; other verbs leave the files alone. Not secret.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** kubeadm's v1beta4 documents; JSON is YAML. Absent for a balancer. */
  readonly kubeadm?: {
    /** InitConfiguration, ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration. Absent for a worker. */
    readonly init?: readonly object[];
    /** JoinConfiguration without discovery: token and CA pin are added on the machine. */
    readonly join: object;
  };
  /** How Secrets are encrypted in etcd; the keys are `secrets.encryptionKeys`. */
  readonly encryption?: GrantEncryption;
  readonly secrets?: GrantSecrets;
  /** The files below /etc/kubernetes/pki that make one cluster: relative path to PEM text. */
  readonly pki?: Readonly<Record<PkiFile, string>>;
  /** How far the exchange of certificate authorities is that `pki` is of; absent where they were never exchanged. */
  readonly authorities?: GrantAuthorities;
  /** The certificate authorities that a worker trusts; absent where they were never exchanged. */
  readonly trusts?: WorkerTrust;
  /** What a worker joins with. Secret. */
  readonly invitation?: Invitation;
  /** What the machine encrypts its answer with, for a verb whose answer is secret (answer.ts); for that answer alone. */
  readonly answerKey?: string;
  /** Versions of the distribution's packages by their names; those of other machines' parts are left alone. */
  readonly packages?: Readonly<Record<string, string>>;
  /** When a control-plane machine renews its certificates. */
  readonly certificates?: CertificateTerms;
  /** Public keys that may log in as that user, besides those that could before; absent: none. */
  readonly access?: { readonly user: string; readonly keys: readonly string[] };
  /** When a control-plane machine defragments its etcd. */
  readonly defragmentation?: DefragmentationTerms;
  /** Where a control-plane machine backs the cluster up to. Secret. */
  readonly backups?: BackupTerms;
  /** For `form` and `restore`: the backup that the cluster is made of. Secret. */
  readonly restore?: GrantRestore;
  /** What `kubeconfig` is to mint. */
  readonly kubeconfig?: KubeconfigRequest;
  /** The Nodes of a pool, for `nodes`: exactly these labels and taints besides those from elsewhere. */
  readonly nodes?: {
    readonly names: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly Taint[];
  };
  /**
   * The name of the worker that `mint` is to invite; an earlier Node of that name is deleted. With a `generation` that is
   * higher than the Node's, the worker is one that runs and is to leave, so its pods have to leave before.
   */
  readonly invitee?: string;
  /**
   * How often this machine (for `mint`: the one that is invited) was asked to be replaced, for `form`, `join`, `member`,
   * `mint` and `worker`; absent: never. A machine that has joined by a lower number leaves the cluster and joins anew. At
   * most 1000000.
   */
  readonly generation?: number;
  /** For `join`: the cluster serves already, so machines join one after the other. */
  readonly inTurn?: boolean | undefined;
  /** For `retire`: the names of all machines that stay, the control plane's and the workers'. */
  readonly staying?: readonly string[];
}

/** Kubernetes' own form. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** What must not be in node.json, user data, arguments or logs. */
export interface GrantSecrets {
  /** The simple password of VRRP version 2, 1 to 8 characters. */
  readonly vrrpPassword?: string;
  /** BGP neighbour's address to the MD5 password of its session. */
  readonly md5?: Readonly<Record<string, string>>;
  /** The keys of Secrets by generation, from 0 on: 32 bytes each, in base64. */
  readonly encryptionKeys?: readonly string[];
}

/** Which key Secrets are to be encrypted with. */
export interface GrantEncryption {
  readonly provider: EncryptionProvider;
  /** The number of the key; none goes back. */
  readonly generation: number;
  /** The cluster was formed with encryption, by the key of generation 0. */
  readonly formed?: boolean;
  /** For `encrypt` on the last machine: every Secret is written anew. */
  readonly rewrite?: boolean;
}

/** A step of an exchange of certificate authorities; each is done on every machine before the next. */
export type AuthorityStep = "trust" | "sign" | "forget";

export interface GrantAuthorities {
  /** The number of the new authorities. */
  readonly generation: number;
  readonly step: AuthorityStep;
  /**
   * SHA-256 of what each file of `pki` holds before the exchange, and after each of its steps: by what lies on it, a member
   * knows how far it is itself.
   */
  readonly stages?: Readonly<Record<PkiFile, readonly string[]>>;
  /** The earlier cluster CA, for `check-authorities` before `forget`: who still accepts it is not ready. Secret. */
  readonly earlier?: Readonly<Record<"ca.crt" | "ca.key", string>>;
}

export interface WorkerTrust {
  /** Certificates, PEM. */
  readonly authorities: string;
  /** Public keys of authorities by which a worker knows the cluster, besides its invitation's, as `caHash`. */
  readonly pins: readonly string[];
}

/** A bootstrap token for one worker, valid for half an hour, and the hash that identifies the cluster's CA. */
export interface Invitation {
  /** `abcdef.0123456789abcdef`. */
  readonly token: string;
  /** `sha256:<hex>` of the CA's public key, as kubeadm's `caCertHashes` has it. */
  readonly caHash: string;
}

/** When a machine renews the certificates that kubeadm made for it. */
export interface CertificateTerms {
  /** Days that are left to a certificate when it is renewed. */
  readonly renewDays: number;
  /** Whether the machine looks once a day by itself. */
  readonly timer: boolean;
  /** A certificate that ends before this is renewed as well, in seconds since 1970; absent as long as none is due. */
  readonly endBefore?: number;
}

/** When a member's database is defragmented. */
export interface DefragmentationTerms {
  /** Whether the machine looks once an hour by itself. */
  readonly timer: boolean;
  /** Percent of the database that are free. */
  readonly freePercent: number;
  /** Bytes that the database has at the least. */
  readonly leastBytes: number;
}

/** When and where the cluster is backed up. */
export interface BackupTerms {
  /** Whether the machine looks once an hour by itself: there is a store. */
  readonly timer: boolean;
  /** Hours between two backups. */
  readonly hours: number;
  /** How many each store keeps. */
  readonly keep: number;
  /** What they are encrypted with. */
  readonly password: string;
  readonly stores: readonly Store[];
}

/** Where backups are kept; the machine knows the kinds (node/grant/lib/stores.sh). */
export type Store =
  | { readonly kind: "machine" }
  /** Absolute path. */
  | { readonly kind: "directory"; readonly path: string }
  | {
      readonly kind: "sftp";
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly path: string;
      readonly hostKey: string;
      readonly privateKey: string;
    }
  | {
      readonly kind: "s3";
      /** `https://<host>[:<port>]`. */
      readonly endpoint: string;
      readonly bucket: string;
      readonly path: string;
      readonly region: string;
      readonly accessKey: string;
      readonly secretKey: string;
      /** PEM; absent: whom the machine trusts. */
      readonly caCertificate?: string;
    };

/** What a cluster is restored from. */
export interface GrantRestore {
  /** The number of the wish; a machine that has fulfilled it does nothing. */
  readonly generation: number;
  /** `file`: a snapshot of etcd on this machine. */
  readonly from: Store | { readonly kind: "file"; readonly path: string };
  /** A backup's ID, or `latest`. */
  readonly snapshot: string;
  /** What the store is encrypted with; absent with a file. */
  readonly password?: string;
}

/** The kubeconfig that a machine is to mint. */
export interface KubeconfigRequest {
  /** The user's name in its certificate. */
  readonly user: string;
  /** The groups in its certificate; the first is its own, and no other certificate has that one. */
  readonly groups: readonly string[];
  /** For how long the certificate is good. */
  readonly hours: number;
  /**
   * The administrator's alone: the machine binds the first group to cluster-admin, because everything else in the cluster
   * is made with this kubeconfig. What an earlier generation was bound to is deleted.
   */
  readonly generation?: number;
}

export interface FormResult {
  readonly pki: Readonly<Record<PkiFile, string>>;
  /** 32 random bytes in base64; present when the grant asked for `encryption`. */
  readonly encryptionKey?: string;
}

/** How the API server encrypts Secrets at rest. */
export type EncryptionProvider = "secretbox" | "aescbc";

/** What `make-authorities` results in. */
export type MadeAuthorities = Readonly<Record<AuthorityFile, string>>;

/** The file with the one certificate that the controller manager signs with while `ca.crt` holds two (0644). */
export const SIGNER_FILE = "/etc/kubernetes/pki/signing-ca.crt";

/** The label of a worker's Node that tells by which generation it joined; absent at 0. kubelet sets it when it registers. */
export const GENERATION_LABEL = "rackplane/generation";

/** The folders for the grant's `files`: kubeadm's `patches.directory` and, next, the API server's own files. */
export const PATCHES_FOLDER = "/etc/rackplane/patches";

export const API_SERVER_FOLDER = "/etc/rackplane/apiserver";

export const FILES_FOLDERS = [PATCHES_FOLDER, API_SERVER_FOLDER] as const;

/** The EncryptionConfiguration that a machine writes from its grant's provider and key (0600). */
export const ENCRYPTION_FILE = `${API_SERVER_FOLDER}/encryption.json`;
