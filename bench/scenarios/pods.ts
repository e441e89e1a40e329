import { kubectl, onMachine } from "../../rack/cli/operator";

/** A pod as these tests need it. */
export interface Pod {
  readonly name: string;
  readonly node: string;
  readonly ip: string;
  readonly uid: string;
  readonly qosClass: string;
  /** Of a static pod's mirror pod: the id by which the kubelet knows the static pod. */
  readonly manifestHash: string;
}

interface PodList {
  items: {
    metadata: { name: string; uid: string; annotations?: Record<string, string> };
    spec: { nodeName?: string };
    status: { podIP?: string; qosClass: string; phase: string };
  }[];
}

export async function podsOf(...selection: string[]): Promise<Pod[]> {
  const { items } = JSON.parse(await kubectl(["get", "pods", ...selection, "-o", "json"])) as PodList;
  return items.map(({ metadata: { name, uid, annotations }, spec, status }) => ({
    name,
    uid,
    node: spec.nodeName ?? "",
    ip: status.podIP ?? "",
    qosClass: status.qosClass,
    manifestHash: annotations?.["kubernetes.io/config.hash"] ?? "",
  }));
}

/** The process of a container that runs a program, found by the pod's cgroup. @throws Error when there is none */
export async function processOf({ name, node, uid }: Pod, program: string): Promise<string> {
  // kubelet's systemd driver writes the pod's id with underscores.
  const pod = uid.replaceAll("-", "[-_]");
  const pid = await onMachine(node, [
    `for p in /proc/[0-9]*; do grep -q 'pod${pod}' $p/cgroup 2>/dev/null && [ "$(cat $p/comm)" = ${program} ] && basename $p; done | head -n 1`,
  ]);
  if (!/^\d+$/.test(pid)) throw new Error(`pod ${name} on ${node}: found no process ${program}, expected one`);
  return pid;
}

/**
 * A container that answers OK to /health over HTTP on port 8080. It runs CoreDNS, the only image in the rack's registry
 * that serves anything.
 */
export const ANSWERING = {
  name: "answering",
  image: "registry.k8s.io/coredns/coredns:v1.12.1",
  command: ["/coredns", "-conf", "/config/Corefile"],
  volumeMounts: [{ name: "config", mountPath: "/config" }],
} as const;

export const COREFILE = ".:5353 {\n  health :8080\n  whoami\n}\n";
const CONFIG = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "answering" }, data: { Corefile: COREFILE } };

/** Waits for the pods of the cluster's name server, which come up a few seconds after the last Node is Ready. */
export async function nameServerReady(): Promise<void> {
  await kubectl(["rollout", "status", "-n", "kube-system", "deployment/coredns", "--timeout=90s"]);
}

/** Makes objects, and the configuration of {@link ANSWERING}; safe to run again. */
export async function apply(...objects: object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: [CONFIG, ...objects] };
  await kubectl(["apply", "-f", "-"], { input: JSON.stringify(list) });
}
