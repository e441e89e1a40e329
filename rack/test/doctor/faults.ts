import { output, run } from "../../command";
import { inOps, kubectl, onMachine } from "../../cli/operator";
import { fail, heal } from "../../../bench/rack";
import { STATE_DIR } from "../../topology";

/** Something that is broken on a running cluster, and how the doctor names it. */
export interface DoctorFault {
  readonly what: string;
  readonly inject: () => Promise<unknown>;
  /** Absent: it heals by itself. */
  readonly heal?: () => Promise<unknown>;
  /** The examination that finds it first. */
  readonly examination: string;
  readonly sentence: RegExp;
}

const MACHINE = "lab-cp-1";
const VIP = "203.0.113.1";
const PKI = "/etc/kubernetes/pki";
const SWITCH = ["birdc", "-s", `${STATE_DIR}/switches/a.ctl`];

const on = (command: string) => () => onMachine(MACHINE, [command], { timeoutSeconds: 30 });
const systemctl = (verb: string, unit: string) => on(`systemctl ${verb} ${unit}`);
const signal = (name: string, program: string) => on(`kill -${name} $(pidof ${program})`);

/** A fault of a service that is stopped. */
const stopped = (unit: string, sentence: RegExp): DoctorFault => ({
  what: `${unit} is stopped`,
  inject: systemctl("stop", unit),
  heal: systemctl("start", unit),
  examination: unit.replace(/^rackplane-/, ""),
  sentence,
});

/** Packets that the machine's pods and the machine itself send do not pass. */
const dropping = (packets: string) => ({
  inject: on(
    `nft 'add table inet ill; ${["prerouting", "output"]
      .map(
        hook =>
          `add chain inet ill ${hook} { type filter hook ${hook} priority -310; }; add rule inet ill ${hook} ${packets} drop`,
      )
      .join("; ")}'`,
  ),
  heal: on("nft delete table inet ill"),
});

/** A call of etcd's API on the machine. */
const etcd = (method: string, json: string) =>
  `curl -sSf --noproxy '*' --cacert ${PKI}/etcd/ca.crt --cert ${PKI}/etcd/healthcheck-client.crt --key ${PKI}/etcd/healthcheck-client.key -d '${json}' https://127.0.0.1:2379/v3/${method}`;
/** etcd raises it in its own name: an alarm of member 0 is none that it could have. */
const alarm = (action: string) =>
  on(
    `id=$(${etcd("maintenance/status", "{}")} | jq -r .header.member_id) && ${etcd("maintenance/alarm", `{"action": "${action}", "memberID": "'$id'", "alarm": "NOSPACE"}`)}`,
  );

/** A certificate is replaced by what the commands leave in `new.crt`, and comes back. */
const replaced = (file: string, commands: string) => ({
  inject: on(
    `cd /root && cp -p ${PKI}/${file}.crt ${PKI}/${file}.key . && ${commands} && cat new.crt >${PKI}/${file}.crt`,
  ),
  heal: on(`cd /root && cat ${file}.crt >${PKI}/${file}.crt && rm -f ${file}.* new.*`),
});

const moved = (file: string) => ({ inject: on(`mv ${file} /root/aside`), heal: on(`mv /root/aside ${file}`) });

/** The switch's own session with the machine. */
const ofSwitch = (verb: string) => async () => {
  const address = (await onMachine(MACHINE, ["jq -r .address /var/lib/rackplane/machine.json"])).trim();
  const { stdout } = await run([...SWITCH, "show", "protocols", "all"]);
  const name = new RegExp(
    `^(\\S+)\\s+BGP(?:(?!^\\S)[\\s\\S])*?Neighbor address:\\s+${address.replaceAll(".", "\\.")}$`,
    "m",
  ).exec(stdout)?.[1];
  if (name === undefined) throw new Error(`switch a: found no session with ${address}, expected one:\n${stdout}`);
  await run([...SWITCH, verb, name]);
};

const FILL = [
  "mkdir -p /run/small && mount -t tmpfs -o size=2m,mode=0755 small /run/small",
  "cp -a /var/lib/rackplane/. /run/small/",
  "(cat /dev/zero >/run/small/filler 2>/dev/null || true)",
  "mount --bind /run/small /var/lib/rackplane && umount -l /run/small",
].join(" && ");

/** On the stack `rack`, in the order of the examinations: the test relies on it. */
export const FAULTS: readonly DoctorFault[] = [
  {
    what: "a machine's SSH server is away",
    // A timer of systemd may otherwise be a minute late, and the next fault would find no SSH server.
    inject: on(
      "systemd-run --on-active=12 --timer-property=AccuracySec=100ms systemctl start ssh && systemctl stop ssh",
    ),
    examination: "ssh",
    sentence: /^lab-cp-1: SSH to root@.*Connection refused; expected an SSH server there; .*'systemctl start ssh'/,
  },
  {
    what: "a machine is silent",
    inject: () => fail("silence", MACHINE),
    heal: () => heal("silence", MACHINE),
    examination: "ssh",
    sentence:
      /^lab-cp-1: SSH to root@.*timed out; expected an SSH server to answer; see that the machine is switched on/,
  },
  {
    what: "the program's installation was cut",
    ...moved("/opt/rackplane/hash"),
    examination: "program",
    sentence: /^lab-cp-1: no program in \/opt\/rackplane, or one whose installation was cut; .*run 'pulumi up'/,
  },
  {
    what: "a disk is full",
    inject: on(FILL),
    heal: on("umount /var/lib/rackplane"),
    examination: "disk",
    sentence: /^lab-cp-1: \/var\/lib\/rackplane with 0 KiB free; expected room on every disk/,
  },
  {
    what: "the preparation has not ended",
    ...moved("/run/rackplane/prepared"),
    examination: "prepared",
    sentence: /^lab-cp-1: .*the preparation of this boot has not ended; .*'journalctl -u rackplane-prepare'/,
  },
  {
    what: "the metadata service is not reached",
    inject: on("ip rule add pref 5 to 192.0.2.2 blackhole"),
    heal: on("ip rule del pref 5 to 192.0.2.2 blackhole"),
    examination: "metadata",
    sentence: /^lab-cp-1: .*; expected the metadata service to say who this machine is/,
  },
  {
    what: "a BGP neighbour is not routed to",
    inject: on("ip rule add pref 5 to 169.254.255.1 blackhole"),
    heal: on("ip rule del pref 5 to 169.254.255.1 blackhole"),
    examination: "routes",
    sentence:
      /^lab-cp-1: 169\.254\.255\.1 is reached by .*; expected a route to every BGP neighbour.*'ip route show; ip rule'/,
  },
  {
    what: "BGP's packets are dropped",
    ...dropping("ip daddr 169.254.255.2 tcp dport 179"),
    examination: "sessions",
    sentence:
      /^lab-cp-1: none with 169\.254\.255\.2, whose port 179 is silent: packets are lost on the way, or it wants an MD5 password/,
  },
  {
    what: "a switch does not speak with the machine",
    inject: ofSwitch("disable"),
    heal: ofSwitch("enable"),
    examination: "sessions",
    sentence:
      /^lab-cp-1: none with 169\.254\.255\.1, whose port 179 (refuses connections|accepts connections and ends the session)/,
  },
  stopped("containerd", /^lab-cp-1: containerd\.service is inactive; .*'systemctl restart containerd'/),
  stopped("kubelet", /^lab-cp-1: kubelet\.service is inactive; .*'systemctl restart kubelet'/),
  {
    what: "a manifest is moved aside",
    ...moved("/etc/kubernetes/manifests/kube-scheduler.yaml"),
    examination: "parts",
    sentence:
      /^lab-cp-1: \/etc\/kubernetes\/manifests\/kube-scheduler\.yaml is missing; .*find \/ -xdev -name "\*kube-scheduler\.yaml\*"/,
  },
  {
    what: "a machine's etcd hangs",
    inject: signal("STOP", "etcd"),
    heal: signal("CONT", "etcd"),
    examination: "etcd-here",
    sentence: /^lab-cp-1: .*time.*out.*; expected this machine's own etcd to answer; see 'crictl ps -a --name etcd'/,
  },
  {
    what: "etcd has an alarm of no space",
    inject: alarm("ACTIVATE"),
    heal: alarm("DEACTIVATE"),
    examination: "etcd-alarms",
    sentence: /^lab-cp-0, lab-cp-1 and lab-cp-2: the alarm NOSPACE of member \d+.*takes no writes.*alarm disarm'/,
  },
  {
    what: "etcd has a learner that never started",
    inject: on(etcd("cluster/member/add", '{"peerURLs": ["https://10.70.0.99:2380"], "isLearner": true}')),
    heal: on(
      `id=$(${etcd("cluster/member/list", "{}")} | jq -r '.members[] | select(.isLearner).ID') && ${etcd("cluster/member/remove", '{"ID": "\'$id\'"}')}`,
    ),
    examination: "members",
    sentence: /^etcd has the machine at 10\.70\.0\.99 as a learner, which has no vote/,
  },
  {
    what: "the API server's certificate lacks the VIP",
    ...replaced(
      "apiserver",
      `openssl req -new -key apiserver.key -subj /CN=kube-apiserver -out new.csr && printf 'subjectAltName=DNS:%s,DNS:kubernetes.default.svc,DNS:kubernetes,IP:%s,IP:10.96.0.1' $(uname -n) $(jq -r .address /var/lib/rackplane/machine.json) >new.ext && openssl x509 -req -in new.csr -CA ${PKI}/ca.crt -CAkey ${PKI}/ca.key -days 300 -extfile new.ext -out new.crt`,
    ),
    examination: "certificate-names",
    sentence: /^lab-cp-1: a certificate without 203\.0\.113\.1; .*'kubeadm init phase certs apiserver/,
  },
  {
    what: "a certificate ends in three days",
    ...replaced(
      "front-proxy-client",
      `openssl req -new -key front-proxy-client.key -subj /CN=front-proxy-client -out new.csr && openssl x509 -req -in new.csr -CA ${PKI}/front-proxy-ca.crt -CAkey ${PKI}/front-proxy-ca.key -days 3 -out new.crt`,
    ),
    examination: "certificates",
    sentence: /^lab-cp-1: front-proxy-client\.crt ends in [23] days; .*'kubeadm certs renew all'/,
  },
  {
    what: "a machine's API server hangs",
    inject: signal("STOP", "kube-apiserver"),
    heal: signal("CONT", "kube-apiserver"),
    examination: "api-server",
    sentence: /^lab-cp-1: .*time.?out.*; expected the API server at https:\/\/10\.70\..* to be ready/,
  },
  {
    what: "an announcer is stopped",
    inject: systemctl("stop", "rackplane-announcer"),
    heal: systemctl("start", "rackplane-announcer"),
    examination: "announcer",
    sentence: /^lab-cp-1: rackplane-announcer\.service is inactive; .*'systemctl restart rackplane-announcer'/,
  },
  {
    what: "the VIP is gone from lo, with an announcer that is busy elsewhere",
    // It would put the VIP back within five seconds; here it does so as soon as it is let go on. After the faults before
    // the machine may not announce yet.
    inject: on(
      `until ip addr del ${VIP}/32 dev lo 2>/dev/null; do sleep 0.2; done; systemctl kill -s STOP rackplane-announcer; ip addr del ${VIP}/32 dev lo 2>/dev/null || true`,
    ),
    heal: systemctl("kill -s CONT", "rackplane-announcer"),
    examination: "announcer",
    sentence: /^lab-cp-1: rackplane-announcer\.service is stopped where it stands/,
  },
  {
    what: "the endpoint is not reached from outside",
    inject: () => output(["ip", ...inOps(["ip", "route", "add", "blackhole", `${VIP}/32`])]),
    heal: () => output(["ip", ...inOps(["ip", "route", "del", "blackhole", `${VIP}/32`])]),
    examination: "outside",
    sentence: /^https:\/\/203\.0\.113\.1:6443, asked from here: 5 of 5 connections failed/,
  },
  {
    what: "a Node is cordoned",
    inject: () => kubectl(["cordon", MACHINE]),
    heal: () => kubectl(["uncordon", MACHINE]),
    examination: "nodes",
    sentence: /^lab-cp-1: its Node is cordoned.*'kubectl uncordon lab-cp-1'/,
  },
  {
    what: "the start-up taint stays",
    inject: () => kubectl(["taint", "node", MACHINE, "node.cloudprovider.kubernetes.io/uninitialized=true:NoSchedule"]),
    heal: () => kubectl(["taint", "node", MACHINE, "node.cloudprovider.kubernetes.io/uninitialized-"]),
    examination: "nodes",
    sentence: /^lab-cp-1: its Node has the start-up taint/,
  },
  {
    what: "CoreDNS is scaled to nothing",
    inject: () => kubectl(["-n", "kube-system", "scale", "deployment", "coredns", "--replicas=0"]),
    heal: () => kubectl(["-n", "kube-system", "scale", "deployment", "coredns", "--replicas=2"]),
    examination: "workloads",
    sentence: /^Deployment kube-system\/coredns asks for no pod; .*--replicas=2'$/,
  },
  {
    what: "kube-proxy runs nowhere",
    inject: () =>
      kubectl(["-n", "kube-system", "patch", "daemonset", "kube-proxy", "--type=merge", "-p", nodeSelector('"none"')]),
    heal: () =>
      kubectl(["-n", "kube-system", "patch", "daemonset", "kube-proxy", "--type=merge", "-p", nodeSelector("null")]),
    examination: "workloads",
    sentence: /^DaemonSet kube-system\/kube-proxy asks for no pod/,
  },
  {
    what: "a machine's pods do not reach the DNS",
    ...dropping("udp dport 53"),
    examination: "dns",
    sentence:
      /^lab-cp-1: no answer of the DNS server 10\.96\.0\.10 .*; expected a pod to learn the address of a Service/,
  },
  {
    what: "a machine's pods do not reach a Service",
    ...dropping("ip daddr 10.96.0.1 tcp dport 443"),
    examination: "service",
    sentence:
      /^lab-cp-1: https:\/\/10\.96\.0\.1, asked from a pod's network: .*; expected a pod to reach the API server by its Service/,
  },
];

function nodeSelector(value: string): string {
  return `{"spec":{"template":{"spec":{"nodeSelector":{"ill":${value}}}}}}`;
}
