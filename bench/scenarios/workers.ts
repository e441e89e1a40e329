import { kubectl, onMachine } from "../../rack/cli/operator";
import { ANSWERING, podsOf, processOf, type Pod } from "./pods";

const labels = { app: "answering" };

/** One pod on every worker, whatever the worker's taints. */
export const EVERYWHERE = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "everywhere" },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: podSpec([{ key: "example.com/edge", operator: "Exists" }]) },
  },
};
/** Pods without tolerations, which run where ordinary pods may. */
export const ORDINARY = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "ordinary" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "ordinary" } },
    template: { metadata: { labels: { app: "ordinary" } }, spec: podSpec([]) },
  },
};
export const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "answering" },
  spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
};

function podSpec(tolerations: object[]) {
  return {
    terminationGracePeriodSeconds: 0,
    tolerations,
    containers: [ANSWERING],
    volumes: [{ name: "config", configMap: { name: "answering" } }],
  };
}

/** What a pod hears from a URL, asked from the pod's own network. */
async function reaches(pod: Pod, url: string): Promise<string> {
  return onMachine(pod.node, ["nsenter", "-t", await processOf(pod, "coredns"), "-n", "curl", "-sS", "-m", "5", url]);
}

/** What every pod of {@link EVERYWHERE} hears from every one of them and from their Service, one line each. */
export async function reaching(): Promise<{
  readonly pods: number;
  readonly expected: string[];
  readonly found: string[];
}> {
  await kubectl(["rollout", "status", "daemonset/everywhere", "--timeout=120s"]);
  const pods = await podsOf("-l", "app=answering");
  const service = await kubectl(["get", "service", "answering", "-o", "jsonpath={.spec.clusterIP}"]);
  const asked = pods.flatMap(from => [
    ...pods.map(to => [from, `http://${to.ip}:8080/health`] as const),
    [from, `http://${service}/health`] as const,
  ]);
  const found = await Promise.all(
    asked.map(async ([from, url]) => `${from.node} ${url} ${await reaches(from, url).catch(String)}`),
  );
  return { pods: pods.length, found, expected: asked.map(([from, url]) => `${from.node} ${url} OK`) };
}
