import type { FaultTarget, MachineFault, Site } from "./fault";
import { runScript, succeeds } from "./script";

const runs = (name: string) => (machine: FaultTarget) => succeeds(machine, ["pidof", name]);

/** SIGKILL to every process of a name; what looks after it starts it again. */
const killed = (name: string, program: string, what: string, applies?: (site: Site) => boolean): MachineFault => ({
  of: "machine",
  name,
  what,
  ...(applies === undefined ? {} : { applies }),
  inject: async machine => void (await runScript(machine, "process.sh", "kill", program)),
  over: runs(program),
});

/** SIGSTOP: its sockets stay open, and nothing answers. */
const frozen = (name: string, program: string, what: string): MachineFault => ({
  of: "machine",
  name,
  what,
  inject: async machine => void (await runScript(machine, "process.sh", "stop", program)),
  // The kubelet kills what fails its liveness probe for long: another process of the name runs then.
  heal: async machine => void (await runScript(machine, "process.sh", "continue", program)),
  over: runs(program),
});

const byKubeVip = ({ endpoint }: Site) => endpoint.startsWith("kube-vip");
const byKeepalived = ({ endpoint }: Site) => endpoint === "keepalived" || endpoint === "balancers";

export const killApiServer = killed(
  "kill-apiserver",
  "kube-apiserver",
  "SIGKILL the API server once; the kubelet brings it back",
);
export const freezeApiServer = frozen(
  "freeze-apiserver",
  "kube-apiserver",
  "SIGSTOP the API server: it takes connections and answers none",
);
export const killEtcd = killed("kill-etcd", "etcd", "SIGKILL etcd once; the kubelet brings it back");
export const freezeEtcd = frozen("freeze-etcd", "etcd", "SIGSTOP etcd: its peers wait for an election");
export const killKubelet = killed("kill-kubelet", "kubelet", "SIGKILL the kubelet; systemd brings it back");
export const killContainerd = killed(
  "kill-containerd",
  "containerd",
  "SIGKILL containerd; containers run on, systemd brings it back",
);
export const killKubeVip = killed(
  "kill-kube-vip",
  "kube-vip",
  "SIGKILL kube-vip; the kubelet brings it back",
  byKubeVip,
);
export const killKeepalived = killed(
  "kill-keepalived",
  "keepalived",
  "SIGKILL keepalived, which leaves the VIP on its interface; systemd brings it back",
  byKeepalived,
);

/** The balancer in front of the API servers, whichever it is. */
export const killBalancer: MachineFault = {
  of: "machine",
  name: "kill-balancer",
  what: "SIGKILL the balancer in front of the API servers, HAProxy or nginx; systemd brings it back",
  applies: ({ balancer }) => balancer !== undefined,
  inject: async machine => void (await runScript(machine, "process.sh", "kill", await balancerOn(machine))),
  over: async machine => (await succeeds(machine, ["pidof", "haproxy"])) || succeeds(machine, ["pidof", "nginx"]),
};

const balancerOn = async (machine: FaultTarget): Promise<string> =>
  (await succeeds(machine, ["pidof", "haproxy"])) ? "haproxy" : "nginx";

/** Away until healed. Its containers run on. */
export const stopKubelet: MachineFault = {
  of: "machine",
  name: "stop-kubelet",
  what: "stop the kubelet until healed; its containers run on, and nothing starts them again",
  inject: async machine => {
    await machine.exec(["systemctl", "stop", "kubelet"]);
    if (await succeeds(machine, ["pidof", "kubelet"]))
      throw new Error("fault stop-kubelet: found kubelet running after `systemctl stop`, expected it to be gone");
  },
  heal: async machine => void (await machine.exec(["systemctl", "start", "kubelet"])),
  over: runs("kubelet"),
};
