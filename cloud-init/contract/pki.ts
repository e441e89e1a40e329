import files from "../node/grant/pki.json";

/**
 * The files below /etc/kubernetes/pki that make one cluster: those that kubeadm's documented manual copy takes along
 * (kubeadm HA guide, manual certificates). The machine reads the same list (grant/verbs/form.sh, membership/keys.sh).
 */
export type PkiFile = keyof typeof files;
export const PKI_FILES = Object.keys(files) as readonly PkiFile[];
