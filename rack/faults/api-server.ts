import type { MachineFault } from "./fault";
import { runScript, succeeds } from "./script";

const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const ASIDE = "/etc/kubernetes/kube-apiserver.yaml.aside";

/** Away until healed: the manifest is put aside, so the kubelet does not start it again. */
export const apiServerAway: MachineFault = {
  of: "machine",
  name: "apiserver-away",
  what: "SIGKILL the API server and keep it away until healed",
  inject: async machine => {
    await machine.exec(["mv", MANIFEST, ASIDE]);
    await runScript(machine, "process.sh", "kill", "kube-apiserver");
  },
  heal: async machine => {
    if (await succeeds(machine, ["test", "-e", ASIDE])) await machine.exec(["mv", ASIDE, MANIFEST]);
  },
  over: machine => succeeds(machine, ["pidof", "kube-apiserver"]),
};

/** Its clients refuse it, and so does whoever looks at its date; the process is as well as before. */
export const expireCertificate: MachineFault = {
  of: "machine",
  name: "expire-certificate",
  what: "give the API server a certificate that has ended, until healed",
  inject: async machine => void (await runScript(machine, "certificate.sh", "expire")),
  heal: async machine => void (await runScript(machine, "certificate.sh", "restore")),
};
