import { hasSecret, isObject, isSecret, type Properties, secret, UNKNOWN } from "../wire";
import type { KubeObject } from "./object";

/** A live object without what only the API server cares about. */
export function withoutManagedFields(live: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = live.metadata;
  return { ...live, metadata };
}

/** The state of a live object: what was secret in the inputs, and a Secret's data, stays secret. */
export function stateOf(live: KubeObject, inputs: Properties, fieldManager: string): Properties {
  const state: Properties = {
    ...withoutManagedFields(live),
    __fieldManager: fieldManager,
    __initialApiVersion: inputs.apiVersion,
  };
  for (const [field, value] of Object.entries(state)) {
    const confidential = live.kind === "Secret" && (field === "data" || field === "stringData");
    if (value !== undefined && (confidential || hasSecret(inputs[field]))) state[field] = secret(value);
  }
  return state;
}

/** The state of a dry run: the server decides some fields anew when it is for real. */
export function predictedState(answer: KubeObject, inputs: Properties, fieldManager: string): Properties {
  const decided = { uid: UNKNOWN, resourceVersion: UNKNOWN, creationTimestamp: UNKNOWN, generation: UNKNOWN };
  const metadata = { ...answer.metadata, ...decided } as Properties as KubeObject["metadata"];
  return stateOf({ ...answer, metadata, status: UNKNOWN }, inputs, fieldManager);
}

/** The state when the server cannot be asked: the cluster, a namespace or a value is yet to come. */
export function guessedState(inputs: Properties): Properties {
  const decided = { uid: UNKNOWN, resourceVersion: UNKNOWN, creationTimestamp: UNKNOWN };
  const { metadata, spec } = inputs;
  const state: Properties = { ...inputs, status: UNKNOWN };
  if (isObject(metadata) && !isSecret(metadata)) state.metadata = { ...metadata, ...decided };
  if (inputs.kind === "Secret") state.data = secret(UNKNOWN);
  if (inputs.kind === "Service" && isObject(spec) && !isSecret(spec)) {
    state.spec = { clusterIP: UNKNOWN, clusterIPs: UNKNOWN, ...spec };
  }
  return state;
}
