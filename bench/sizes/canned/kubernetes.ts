import { completed, objectOf } from "../../../rack/plugins/kubernetes/naming";
import { difference } from "../../../rack/plugins/kubernetes/replacement";
import type { Resource } from "../../../rack/plugins/provider";
import { serve } from "../../../rack/plugins/serve";

/** The Kubernetes plugin without a cluster: every object is as it was asked for. */
const object: Resource = {
  async check(call, olds, news) {
    return completed(call, olds, news, "default", undefined);
  },
  async diff(_call, { oldInputs, news }) {
    return difference(objectOf(oldInputs), objectOf(news));
  },
  async create(_call, inputs, preview) {
    const { metadata } = objectOf(inputs);
    const id = [metadata.namespace, metadata.name].filter(Boolean).join("/");
    return {
      id: preview ? "" : id,
      state: { ...inputs, __fieldManager: "canned", __initialApiVersion: inputs.apiVersion },
    };
  },
  async update(_call, { news }) {
    return news;
  },
  async delete() {},
};

serve({ name: "kubernetes", version: "4.34.2", resource: () => object });
