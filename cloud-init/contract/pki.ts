import files from "../node/grant/pki.json";

/**
 * The files below /etc/kubernetes/pki that make one cluster: those that kubeadm's documented manual copy takes along
 * (kubeadm HA guide, manual certificates). The machine reads the same list (grant/verbs/form.sh, membership/keys.sh).
 */
export type PkiFile = keyof typeof files;
export type AuthorityFile = Extract<PkiFile, `${string}ca.${"crt" | "key"}`>;
export const PKI_FILES = Object.keys(files) as readonly PkiFile[];
/** Those of certificate authorities; the others sign service accounts' tokens. */
export const AUTHORITY_FILES = PKI_FILES.filter((file): file is AuthorityFile => /ca\.(crt|key)$/.test(file));
