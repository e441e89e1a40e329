import * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../config/network/manifest";
import { ofKind } from "../config/network/network-kinds";
import type { JsonObject } from "../config/values/json";
import { isRecord } from "../config/values/section";
import { below, type AddonKind, type AddonOptions } from "./addon-kind";

/** A pod network of a person's own manifests. */
export const manifests: AddonKind = {
  name: "manifests",
  wanted: ({ network }) => network.kind === "manifests",
  // Not looked for in the manifests: only a person knows which of them every machine needs.
  images: () => [],
  install: (name, { network }, options) => new Manifests(name, ofKind(network, "manifests").manifests, options),
};

class Manifests extends pulumi.ComponentResource {
  constructor(name: string, manifests: readonly Manifest[], { component, whole }: AddonOptions) {
    super("rackplane:addons:Manifests", name, {}, component);
    const options = below(this, { component });
    manifests.reduce<pulumi.Resource>(
      (before, manifest) => new Applied(name, manifest, { ...options, dependsOn: before }),
      whole,
    );
    this.registerOutputs({});
  }
}

/** One object, whatever its kind: the plugin knows it by the resource's type. */
class Applied extends pulumi.CustomResource {
  constructor(cluster: string, manifest: Manifest, opts: pulumi.CustomResourceOptions) {
    const { apiVersion, kind, namespace, name, object } = manifest;
    super(
      typeOf(apiVersion, kind),
      `${cluster}-${namespace === undefined ? "" : `${namespace}/`}${name}`,
      inputsOf(object),
      {
        ...opts,
        // Another version of the same group is the same object: a new resource would be followed by the old one's deletion.
        aliases: otherVersions(apiVersion).map(version => ({ type: typeOf(version, kind) })),
      },
    );
  }
}

const typeOf = (apiVersion: string, kind: string): string =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;

const VERSIONS = ["v1alpha1", "v1alpha2", "v1beta1", "v1beta2", "v1", "v2"];

function otherVersions(apiVersion: string): string[] {
  const [group, version] = apiVersion.split("/");
  return version === undefined ? [] : VERSIONS.filter(each => each !== version).map(each => `${group}/${each}`);
}

/**
 * What the plugin waits for once it is applied. Pods of a pod network may wait for what stands below them in the
 * manifests, so nothing of it is awaited before all is there, as `kubectl apply` does; what counts is that Nodes become
 * Ready.
 */
const AWAITED = [
  ...["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Pod", "Job"],
  ...["Service", "Ingress", "PersistentVolumeClaim", "PodDisruptionBudget"],
];
const SKIP_AWAIT = "pulumi.com/skipAwait";

function inputsOf(object: JsonObject): pulumi.Inputs {
  const { kind, metadata } = object as { kind: string; metadata: JsonObject };
  const annotations = isRecord(metadata.annotations) ? metadata.annotations : {};
  const awaited = AWAITED.includes(kind) && !(SKIP_AWAIT in annotations);
  return {
    ...object,
    ...(awaited ? { metadata: { ...metadata, annotations: { ...annotations, [SKIP_AWAIT]: "true" } } } : {}),
    ...(kind === "Secret" ? secretFields(object) : {}),
  };
}

const secretFields = (object: JsonObject): pulumi.Inputs =>
  Object.fromEntries(
    ["data", "stringData"].flatMap(key =>
      object[key] === undefined ? [] : [[key, pulumi.secret<unknown>(object[key])]],
    ),
  );
