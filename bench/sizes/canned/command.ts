import { randomBytes } from "node:crypto";
import { withDefaults } from "../../../rack/plugins/command/connection";
import { commandResource, triggered } from "../../../rack/plugins/command/resource";
import type { Resource } from "../../../rack/plugins/provider";
import { serve } from "../../../rack/plugins/serve";
import { answerTo, progress } from "./answers";

/**
 * The command plugin without machines: it keeps what the real one keeps and answers at once. Nothing is dialled, so a
 * cluster with a hundred machines can be "made" where there is none.
 */
const command = commandResource(async ({ name }, { stdin, create }) => ({
  stdout: answerTo(name, stdin),
  stderr: create === "true" ? "" : progress(name),
}));

const copy: Resource = {
  async check(_call, _olds, news) {
    return { inputs: withDefaults(news) };
  },
  async diff(_call, change) {
    return triggered(change);
  },
  async create(_call, inputs, preview) {
    return { id: preview ? "" : randomBytes(4).toString("hex"), state: inputs };
  },
  async update(_call, { news }) {
    return news;
  },
  async delete() {},
};

const RESOURCES: Record<string, Resource | undefined> = {
  "command:remote:Command": command,
  "command:local:Command": command,
  "command:remote:CopyToRemote": copy,
};

serve({ name: "command", version: "1.2.1", resource: type => RESOURCES[type] });
