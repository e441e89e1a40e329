import { RESOURCE_PLUGINS } from "./home";
import type { Resource } from "./provider";
import { serve } from "./serve";
import { diffPaths, isObject, plain, type Properties } from "./wire";

/**
 * The Kubernetes plugin where there is no cluster to ask: every object is as the program gives it. A preview of a new
 * stack needs no more, and a first one without root would build the real plugin for eight minutes; bench/sizes makes
 * large clusters without machines with it. Nothing else may run with it: it would call an object made that is nowhere.
 */
const object: Resource = {
  async diff(_call, { oldInputs, news }) {
    return { paths: diffPaths(plain(oldInputs), plain(news)), replaces: () => false };
  },
  async create(_call, inputs, preview) {
    // Two properties that the real plugin adds to an object's state.
    const state = { ...inputs, __fieldManager: "without-cluster", __initialApiVersion: inputs.apiVersion };
    return { id: preview ? "" : idOf(plain(inputs)), state };
  },
  async update(_call, { news }) {
    return news;
  },
  async delete() {},
};

function idOf({ metadata }: Properties): string {
  if (!isObject(metadata) || typeof metadata.name !== "string")
    throw new Error("an object without a name: expected metadata.name, since without a cluster no name is made up");
  return typeof metadata.namespace === "string" ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}

serve({ name: "kubernetes", version: RESOURCE_PLUGINS.kubernetes, resource: () => object });
