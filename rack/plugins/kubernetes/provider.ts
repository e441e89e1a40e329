import { parseAllDocuments } from "yaml";
import type { Provider } from "../provider";
import { isObject, isUnknown, plain, type Properties, type Value } from "../wire";
import { Client } from "./client";
import { Cluster } from "./cluster";
import { type Choice, targetOf } from "./kubeconfig";
import { kubernetesResource } from "./resource";

/** The stand-in for the kubernetes plugin: typed resources of @pulumi/kubernetes 4.34.2. No Helm, no Kustomize. */
export function kubernetesProvider(): Provider {
  let open: () => Cluster | undefined = () => undefined;
  const resource = kubernetesResource(() => open());
  return {
    name: "kubernetes",
    version: "4.34.2",
    resource: type => (/^kubernetes:(helm|kustomize|yaml)/.test(type) ? undefined : resource),

    async configure(args) {
      const settings = plain(args);
      let cluster: Cluster | undefined;
      // Opened when first used: a provider without objects needs no kubeconfig, and errors belong to a resource.
      open = () => (isUnknown(settings.kubeconfig) ? undefined : (cluster ??= clusterOf(settings)));
    },

    async invoke(token, args) {
      if (token !== "kubernetes:yaml:decode")
        throw new Error(`the stand-in for kubernetes does not know ${token}; use typed resources`);
      const text = plain(args).text;
      return { result: decoded(typeof text === "string" ? text : "") };
    },
  };
}

function clusterOf(settings: Properties): Cluster {
  const client = new Client(targetOf(settings as Choice));
  return new Cluster({
    client,
    deleteUnreachable: isTrue(settings.deleteUnreachable ?? process.env.PULUMI_K8S_DELETE_UNREACHABLE),
  });
}

/** Provider settings arrive as JSON in a string. */
const isTrue = (value: Value | undefined): boolean => value === true || value === "true";

/** The documents of a YAML text; the items of a List one by one. */
function decoded(text: string): Value[] {
  const documents: Value[] = parseAllDocuments(text).map(document => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() as Value;
  });
  return documents
    .filter(document => document !== null)
    .flatMap(document =>
      isObject(document) && String(document.kind ?? "").endsWith("List") && Array.isArray(document.items)
        ? document.items
        : [document],
    );
}
