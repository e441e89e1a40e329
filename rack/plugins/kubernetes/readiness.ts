import { isObject } from "../wire";
import { at, count, type KubeObject } from "./object";

/** Ready, or what is being waited for, or why it will never be. */
export type Readiness = "ready" | { readonly waitsFor: string } | { readonly failed: string };

/** Pure checks; what else than the object itself they need is asked for through `list`. */
export type Check = (
  object: KubeObject,
  list: (path: string) => Promise<readonly KubeObject[]>,
) => Readiness | Promise<Readiness>;

const waitsFor = (text: string): Readiness => ({ waitsFor: text });

interface Condition {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

function condition(object: KubeObject, type: string): Condition | undefined {
  const list = at(object, "status.conditions");
  return Array.isArray(list)
    ? (list.find(item => isObject(item) && item.type === type) as Condition | undefined)
    : undefined;
}

const isTrue = (object: KubeObject, type: string) => condition(object, type)?.status === "True";
const isSeen = (object: KubeObject) =>
  count(object, "status.observedGeneration") >= count(object, "metadata.generation");
const UNSEEN = waitsFor("the controller to see the new spec");

/** How each kind says that it does its work. Kinds that are not here are ready when the API has them. */
export const READINESS: Record<string, Check | undefined> = {
  Deployment: object => {
    if (!isSeen(object)) return UNSEEN;
    const progress = condition(object, "Progressing");
    if (progress?.reason === "ProgressDeadlineExceeded") return { failed: progress.message ?? progress.reason };
    const wanted = count(object, "spec.replicas", 1);
    const [updated, available] = [count(object, "status.updatedReplicas"), count(object, "status.availableReplicas")];
    const done = updated >= wanted && available >= wanted && count(object, "status.replicas") <= wanted;
    return done ? "ready" : waitsFor(`replicas: ${available} of ${wanted} available, ${updated} updated`);
  },

  StatefulSet: object => {
    if (!isSeen(object)) return UNSEEN;
    const [wanted, ready] = [count(object, "spec.replicas", 1), count(object, "status.readyReplicas")];
    const byHand = at(object, "spec.updateStrategy.type") === "OnDelete";
    const rolled = at(object, "status.currentRevision") === at(object, "status.updateRevision");
    return ready >= wanted && (rolled || byHand) ? "ready" : waitsFor(`replicas: ${ready} of ${wanted} ready`);
  },

  DaemonSet: object => {
    if (!isSeen(object)) return UNSEEN;
    const wanted = count(object, "status.desiredNumberScheduled");
    const [updated, available] = [
      count(object, "status.updatedNumberScheduled"),
      count(object, "status.numberAvailable"),
    ];
    return updated >= wanted && available >= wanted
      ? "ready"
      : waitsFor(`pods: ${available} of ${wanted} available, ${updated} updated`);
  },

  Pod: object => {
    const phase = at(object, "status.phase");
    const reason = at(object, "status.message") ?? at(object, "status.reason") ?? "no reason given";
    if (phase === "Failed") return { failed: `the pod failed: ${reason}` };
    return isTrue(object, "Ready") || phase === "Succeeded"
      ? "ready"
      : waitsFor(`the pod, in phase ${phase ?? "unknown"}`);
  },

  Job: object => {
    if (isTrue(object, "Failed")) return { failed: condition(object, "Failed")?.message ?? "the job failed" };
    return isTrue(object, "Complete") ? "ready" : waitsFor("the job to complete");
  },

  CustomResourceDefinition: object =>
    isTrue(object, "Established") ? "ready" : waitsFor("the API server to establish the definition"),

  Service: async (object, list) => {
    const type = at(object, "spec.type");
    if (type === "LoadBalancer" && !at(object, "status.loadBalancer.ingress"))
      return waitsFor("an address from a load balancer");
    const pods = at(object, "spec.selector");
    if (type === "ExternalName" || pods === undefined || at(object, "spec.clusterIP") === "None") return "ready";
    const label = encodeURIComponent(`kubernetes.io/service-name=${object.metadata.name}`);
    const slices = await list(
      `/apis/discovery.k8s.io/v1/namespaces/${object.metadata.namespace}/endpointslices?labelSelector=${label}`,
    );
    return slices.some(hasReadyEndpoint) ? "ready" : waitsFor("a ready pod behind the service");
  },
};

function hasReadyEndpoint(slice: KubeObject): boolean {
  const endpoints = slice.endpoints;
  return (
    Array.isArray(endpoints) &&
    endpoints.some(endpoint => isObject(endpoint) && at(endpoint, "conditions.ready") === true)
  );
}
