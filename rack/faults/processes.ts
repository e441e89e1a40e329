import type { Fault } from "./fault";

/** In a machine's own process namespace a program's name finds that machine's processes alone. */
const killing = (program: string): string => `pids=$(pidof ${program}) && kill -KILL $pids`;

/** Ends once every one of them is stopped: a signal takes effect only when the process is next to run. */
const stopping = (program: string): string =>
  `pids=$(pidof ${program}) && kill -STOP $pids && for pid in $pids; do
     n=0; until grep -q '^State:.T' /proc/$pid/status; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.02; done
   done`;

/** Who was stopped may be another process by now, or gone: what runs, runs on. */
const continuing = (program: string): string => `pids=$(pidof ${program}) || exit 0; kill -CONT $pids`;

const shell =
  (script: string): Fault["inject"] =>
  async machine =>
    void (await machine.exec(["sh", "-c", script]));

const killed = (name: string, program: string, what: string): Fault => ({
  name: `kill-${name}`,
  what,
  inject: shell(killing(program)),
});

const frozen = (name: string, program: string, what: string): Fault => ({
  name: `freeze-${name}`,
  what,
  inject: shell(stopping(program)),
  heal: shell(continuing(program)),
});

/** One program of a machine dies, or stands still. Whoever watches over it starts it again. */
export const PROCESS_FAULTS: readonly Fault[] = [
  killed("apiserver", "kube-apiserver", "SIGKILL the API server once; the kubelet brings it back"),
  frozen("apiserver", "kube-apiserver", "SIGSTOP the API server: it accepts connections and answers nobody"),
  killed("etcd", "etcd", "SIGKILL the etcd member once; the kubelet brings it back"),
  frozen("etcd", "etcd", "SIGSTOP the etcd member"),
  killed("kubelet", "kubelet", "SIGKILL the kubelet once; systemd brings it back"),
  killed("containerd", "containerd", "SIGKILL containerd once; its containers run on"),
  killed("kube-vip", "kube-vip", "SIGKILL kube-vip once"),
  killed("bird", "bird", "SIGKILL a machine's BIRD once"),
  killed("keepalived", "keepalived", "SIGKILL keepalived once"),
  killed("haproxy", "haproxy", "SIGKILL HAProxy once"),
  killed("nginx", "nginx", "SIGKILL nginx once"),
];

const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const ASIDE = "/etc/kubernetes/kube-apiserver.yaml.aside";

/** Away until healed: the manifest is put aside, so the kubelet does not start it again. */
export const apiServerAway: Fault = {
  name: "apiserver-away",
  what: "SIGKILL the API server and keep it away until healed",
  inject: shell(`mv ${MANIFEST} ${ASIDE} && { ${killing("kube-apiserver")}; }`),
  heal: shell(`mv ${ASIDE} ${MANIFEST}`),
};
