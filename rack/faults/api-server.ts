import type { Fault } from "./fault";

const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const ASIDE = "/etc/kubernetes/kube-apiserver.yaml.aside";

/** In a machine's own process namespace the name finds that machine's API server alone. */
const KILL = "pid=$(pidof kube-apiserver) && kill -KILL $pid";

/** SIGKILL; the kubelet starts it again. */
export const killApiServer: Fault = {
  name: "kill-apiserver",
  what: "SIGKILL the API server once; the kubelet brings it back",
  inject: machine => machine.exec(["sh", "-c", KILL]).then(() => undefined),
};

/** Away until healed: the manifest is put aside, so the kubelet does not start it again. */
export const apiServerAway: Fault = {
  name: "apiserver-away",
  what: "SIGKILL the API server and keep it away until healed",
  inject: machine => machine.exec(["sh", "-c", `mv ${MANIFEST} ${ASIDE} && { ${KILL}; }`]).then(() => undefined),
  heal: machine => machine.exec(["mv", ASIDE, MANIFEST]).then(() => undefined),
};
