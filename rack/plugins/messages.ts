import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Checked, Difference, Live } from "./provider";
import { isObject, type Properties, type Value } from "./wire";

/** Properties as a protobuf Struct; keys without a value are left out. */
export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(withoutUndefined(properties) as { [key: string]: JavaScriptValue });
}

export const fromStruct = (struct: Struct | undefined): Properties => (struct?.toJavaScript() ?? {}) as Properties;

function withoutUndefined(value: Value): Value {
  if (Array.isArray(value)) return value.map(item => withoutUndefined(item ?? null));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutUndefined(item)]));
}

export function checkResponse(checked: Checked): pb.CheckResponse {
  const response = new pb.CheckResponse();
  response.setInputs(toStruct(checked.inputs));
  for (const { property, reason } of checked.failures ?? []) {
    const failure = new pb.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

const KIND = pb.PropertyDiff.Kind;
const KINDS = {
  ADD: { inPlace: KIND.ADD, replace: KIND.ADD_REPLACE },
  DELETE: { inPlace: KIND.DELETE, replace: KIND.DELETE_REPLACE },
  UPDATE: { inPlace: KIND.UPDATE, replace: KIND.UPDATE_REPLACE },
} as const;

export function diffResponse(difference: Difference): pb.DiffResponse {
  const response = new pb.DiffResponse();
  const paths = Object.entries(difference.paths);
  const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
  response.setChanges(paths.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setHasdetaileddiff(true);
  for (const [path, kind] of paths) {
    const detail = new pb.PropertyDiff();
    detail.setKind(difference.replaces(path) ? KINDS[kind].replace : KINDS[kind].inPlace);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  response.setDiffsList(topLevel(paths.map(([path]) => path)));
  response.setReplacesList(topLevel(paths.map(([path]) => path).filter(difference.replaces)));
  return response;
}

const topLevel = (paths: readonly string[]): string[] => [
  ...new Set(paths.map(path => /^[^.[]+/.exec(path)?.[0] ?? path)),
];

export function readResponse(live: Live): pb.ReadResponse {
  const response = new pb.ReadResponse();
  response.setId(live.id);
  response.setProperties(toStruct(live.state));
  response.setInputs(toStruct(live.inputs));
  return response;
}
