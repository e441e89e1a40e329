import { randomBytes } from "node:crypto";
import { type Call, type Live, PartialFailure, type Resource } from "../provider";
import { hasUnknown, type Properties } from "../wire";
import { awaitReady } from "./await-ready";
import { Unreachable } from "./client";
import { type Cluster, isAbsent } from "./cluster";
import { completed, isPatch, kindOf, objectOf } from "./naming";
import { idOf, type KubeObject, partsOf, steering } from "./object";
import { difference } from "./replacement";
import { guessedState, predictedState, stateOf, withoutManagedFields } from "./states";

/** The cluster to talk to; undefined while its kubeconfig is unknown. @throws when there is none. */
export type ClusterSource = () => Cluster | undefined;

/** Any typed object, kept by server-side apply under a field manager of its own. */
export function kubernetesResource(source: ClusterSource): Resource {
  return {
    async check(call, olds, news) {
      const cluster = reachable(source);
      return completed(call, olds, news, cluster?.namespace ?? "default", cluster?.mappings);
    },

    async diff(_call, change) {
      return difference(objectOf(change.oldInputs), objectOf(change.news));
    },

    async create(call, inputs, preview) {
      const fieldManager = `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
      const object = objectOf(inputs);
      const force = isForced(call, object);
      if (preview) return { id: "", state: await predict(call, source, inputs, fieldManager, force) };
      const cluster = required(source);
      if (!force) await refuseExisting(call, cluster, object);
      const applied = await cluster.apply(call, object, fieldManager, force);
      const live = await settled(call, cluster, applied, inputs, fieldManager, "created");
      return { id: idOf(live), state: stateOf(live, inputs, fieldManager) };
    },

    async update(call, { state, news }, preview) {
      const fieldManager = managerOf(state);
      const object = objectOf(news);
      const force = isForced(call, object);
      if (preview) return predict(call, source, news, fieldManager, force);
      const cluster = required(source);
      const applied = await cluster.apply(call, object, fieldManager, force);
      const live = await settled(call, cluster, applied, news, fieldManager, "updated");
      return stateOf(live, news, fieldManager);
    },

    async read(call, id, state, inputs) {
      return readLive(call, required(source), id, state, inputs);
    },

    async delete(call, id, state) {
      const cluster = required(source);
      const object = objectOf(state);
      try {
        // Applying nothing gives up the fields of a patch; the object is someone else's.
        if (isPatch(call, object)) await cluster.apply(call, namedOnly(object, id), managerOf(state), true);
        else
          await cluster.remove(
            call,
            { ...object, metadata: { ...object.metadata, ...partsOf(id) } },
            object.metadata.uid,
          );
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        if (!cluster.settings.deleteUnreachable) {
          throw new Error(`${object.kind} ${id} cannot be deleted: ${error.message} ${WAY_OUT}`);
        }
        call.log(`${object.kind} ${id} is forgotten, not deleted (deleteUnreachable): ${error.message}`, "warning");
      }
    },
  };
}

const WAY_OUT =
  "If the cluster is gone for good, set deleteUnreachable on the provider or PULUMI_K8S_DELETE_UNREACHABLE=true to forget its objects.";

const managerOf = (state: Properties): string =>
  typeof state.__fieldManager === "string" ? state.__fieldManager : "pulumi-kubernetes";

const isForced = (call: Call, object: KubeObject) => isPatch(call, object) || steering(object, "patchForce") === "true";

const namedOnly = ({ apiVersion, kind }: KubeObject, id: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: partsOf(id),
});

function required(source: ClusterSource): Cluster {
  const cluster = source();
  if (cluster === undefined)
    throw new Error("kubernetes: the provider's kubeconfig is unknown; it must be known by now");
  return cluster;
}

/** For checks and previews, which do without a cluster. */
function reachable(source: ClusterSource): Cluster | undefined {
  try {
    return source();
  } catch {
    return undefined;
  }
}

async function predict(
  call: Call,
  source: ClusterSource,
  inputs: Properties,
  fieldManager: string,
  force: boolean,
): Promise<Properties> {
  const cluster = reachable(source);
  if (cluster === undefined || hasUnknown(inputs)) return guessedState(inputs);
  try {
    return predictedState(await cluster.rehearse(call, objectOf(inputs), fieldManager, force), inputs, fieldManager);
  } catch (error) {
    if (error instanceof Unreachable) call.log(`previewed without the cluster: ${error.message}`, "warning");
    // A namespace or definition of the same program is yet to come.
    else if (!isAbsent(error)) throw error;
    return guessedState(inputs);
  }
}

async function refuseExisting(call: Call, cluster: Cluster, object: KubeObject): Promise<void> {
  if (object.metadata.name === undefined || (await cluster.read(call, object)) === undefined) return;
  throw new Error(
    `${object.kind} ${idOf(object)} (${object.apiVersion}) was not created: it already exists. Import it, or take it over with the annotation pulumi.com/patchForce: "true".`,
  );
}

/** The object once it is ready. @throws {PartialFailure} when it does not become so: the engine keeps it. */
async function settled(
  call: Call,
  cluster: Cluster,
  applied: KubeObject,
  inputs: Properties,
  fieldManager: string,
  done: "created" | "updated",
): Promise<KubeObject> {
  const { live, failure } = await awaitReady(call, cluster.settings.client, await cluster.path(call, applied), applied);
  if (failure === undefined) return live;
  const message = `${live.kind} ${idOf(live)} was ${done} but did not become ready`;
  throw new PartialFailure(message, idOf(live), stateOf(live, inputs, fieldManager), inputs, [failure]);
}

async function readLive(
  call: Call,
  cluster: Cluster,
  id: string,
  state: Properties,
  inputs: Properties,
): Promise<Live> {
  const known = Object.keys(state).length > 0 ? state : inputs;
  const object = namedOnly(objectOf({ ...kindOf(call.type), ...known }), id);
  const live = await cluster.read(call, object);
  if (live === undefined) return { id: "", state: {}, inputs: {} };
  const imported = Object.keys(inputs).length === 0;
  const given = imported ? withoutManagedFields(live) : inputs;
  return { id, state: stateOf(live, given, managerOf(state)), inputs: given };
}
