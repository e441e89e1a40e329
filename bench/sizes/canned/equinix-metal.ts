import type { Resource } from "../../../rack/plugins/provider";
import { serve } from "../../../rack/plugins/serve";
import { diffPaths, plain, UNKNOWN, type Properties } from "../../../rack/plugins/wire";
import { outputsOf, uuid } from "./device-outputs";

/**
 * The Equinix Metal plugin without its API: it returns what the program reads of a resource, and what the real plugin
 * keeps of a machine besides. The machines have loopback addresses, because the program itself dials the first ones
 * (machines/reachable.ts).
 */
const resource: Resource = {
  async diff(_call, { oldInputs, news }) {
    return { paths: diffPaths(plain(oldInputs), plain(news)), replaces: () => false };
  },
  async create(call, inputs, preview) {
    const outputs = outputsOf(call.type, call.name);
    if (!preview) return { id: uuid(call.urn), state: { ...inputs, ...outputs, ...bootedBefore(inputs) } };
    const unknown = Object.fromEntries(Object.keys(outputs).map(key => [key, UNKNOWN]));
    return { id: "", state: { ...unknown, ...inputs } };
  },
  async update(_call, { state, news }) {
    return { ...state, ...news };
  },
  async read(call, id, state, inputs) {
    return { id, inputs, state: { ...state, ...outputsOf(call.type, call.name) } };
  },
  async delete() {},
};

/**
 * There is no API to ask which host key a machine told, so the machines booted with user data that tells none
 * (user-data.ts, `tellsHostKey`); it is as long.
 */
const bootedBefore = ({ userData }: Properties): Properties =>
  typeof userData === "string" ? { userData: userData.replace("X-Host-Key: told", "X-Host-Key: none") } : {};

serve({ name: "equinix-metal", version: "2.0.0", resource: () => resource });
