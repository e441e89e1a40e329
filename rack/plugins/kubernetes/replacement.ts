import type { Difference } from "../provider";
import { diffPaths } from "../wire";
import { type KubeObject, steering } from "./object";

/** Fields that the API server lets nobody change, by kind. */
const IMMUTABLE: Record<string, RegExp | undefined> = {
  ClusterRoleBinding: /^roleRef/,
  DaemonSet: /^spec\.selector/,
  Deployment: /^spec\.selector/,
  Job: /^spec\.(selector|template|completions|completionMode)/,
  PersistentVolumeClaim: /^spec(?!\.resources\.requests)/,
  Pod: /^spec(?!\.containers\[\d+\]\.image|\.activeDeadlineSeconds|\.tolerations)/,
  RoleBinding: /^roleRef/,
  Secret: /^type/,
  Service: /^spec\.clusterIP$/,
  StatefulSet: /^spec\.(selector|serviceName|podManagementPolicy|volumeClaimTemplates)/,
  StorageClass: /^(parameters|provisioner|reclaimPolicy|volumeBindingMode)/,
};

const SEALED = /^(data|binaryData|stringData)/;
const groupOf = (object: KubeObject) => (object.apiVersion.includes("/") ? object.apiVersion.split("/", 1)[0] : "");

/** What changed between two sets of plain inputs, and which of it needs a new object. */
export function difference(before: KubeObject, after: KubeObject): Difference {
  const paths = diffPaths(before, after);
  const sealed = (after.kind === "ConfigMap" || after.kind === "Secret") && before.immutable === true;
  const replaces = (path: string) =>
    /^metadata\.(name|namespace)$|^kind$/.test(path) ||
    (path === "apiVersion" && groupOf(before) !== groupOf(after)) ||
    (IMMUTABLE[after.kind]?.test(path) ?? false) ||
    (sealed && SEALED.test(path));
  const sameName =
    before.metadata.name === after.metadata.name && before.metadata.namespace === after.metadata.namespace;
  // Two objects of one name cannot be there at once. An autonamed one gets another name instead.
  const deleteBeforeReplace = sameName && steering(after, "autonamed") !== "true" && Object.keys(paths).some(replaces);
  return { paths, replaces, deleteBeforeReplace };
}
