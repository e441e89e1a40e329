import { randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import * as path from "node:path";
import type { SFTPWrapper } from "ssh2";
import type { Call, Resource } from "../provider";
import { plain, type Properties } from "../wire";
import { addressOf, type Connection, withDefaults } from "./connection";
import { dial } from "./dial";
import { triggered } from "./resource";
import { RemoteFiles } from "./sftp";

/** The inputs of a CopyToRemote without secret marks. `source` is an asset or an archive as the wire shows them. */
interface CopyInputs {
  readonly connection: Connection;
  readonly remotePath: string;
  readonly source: { readonly text?: string; readonly path?: string; readonly hash?: string };
}

const inputsOf = (properties: Properties) => plain(properties) as unknown as CopyInputs;

/** `remote.CopyToRemote`: a text, a file or a directory put on a machine. Deleting it leaves the copy there. */
export const copyToRemote: Resource = {
  async check(_call, _olds, news) {
    const { source } = inputsOf(news);
    const copyable = typeof source !== "object" || source.text !== undefined || source.path !== undefined;
    const failure = { property: "source", reason: "must be a FileAsset, a StringAsset or a FileArchive with a path" };
    return { inputs: withDefaults(news), failures: copyable ? [] : [failure] };
  },

  async diff(_call, change) {
    return triggered(change);
  },

  async create(call, inputs, preview) {
    if (preview) return { id: "", state: inputs };
    await copy(call, inputsOf(inputs));
    return { id: randomBytes(4).toString("hex"), state: inputs };
  },

  async update(call, change, preview) {
    const [before, after] = [inputsOf(change.state), inputsOf(change.news)];
    // As the real plugin does: another connection alone is no reason to copy again.
    const differs = before.source.hash !== after.source.hash || before.remotePath !== after.remotePath;
    if (!preview && differs) await copy(call, after);
    return change.news;
  },

  async delete() {},
};

async function copy(call: Call, inputs: CopyInputs): Promise<void> {
  const client = await dial(call, inputs.connection);
  try {
    const work = (async () => {
      const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
        client.sftp((error, opened) => (error ? reject(error) : resolve(opened)));
      });
      await put(new RemoteFiles(sftp), inputs);
    })();
    await Promise.race([work, lostConnection(client, inputs.connection)]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`copying to ${addressOf(inputs.connection)}:${inputs.remotePath}: ${reason}`);
  } finally {
    client.end();
  }
}

const lostConnection = (client: { on(event: "close", heard: () => void): unknown }, connection: Connection) =>
  new Promise<never>((_, reject) => {
    client.on("close", () => reject(new Error(`connection to ${addressOf(connection)} lost`)));
  });

/**
 * Where things end up, as in the real plugin:
 *
 * | source    | remotePath is a directory | does not exist | is a file   |
 * |-----------|---------------------------|----------------|-------------|
 * | text      | refused                   | the file       | overwritten |
 * | file      | in it, by its name        | the file       | overwritten |
 * | directory | in it, by its name        | the same       | refused     |
 * | directory/| its files in it           | the same       | refused     |
 */
async function put(remote: RemoteFiles, { source, remotePath }: CopyInputs): Promise<void> {
  await remote.makeDirectories(path.posix.dirname(remotePath));
  const found = await remote.kind(remotePath);
  if (source.text !== undefined) {
    if (found === "directory") throw new Error("is a directory; name a file for a text");
    return remote.write(remotePath, source.text);
  }
  const from = source.path ?? "";
  const inside = path.posix.join(remotePath, path.basename(from));
  if (!statSync(from).isDirectory()) return remote.upload(from, found === "directory" ? inside : remotePath);
  if (found === "file") throw new Error("is a file; a directory cannot be put there");
  const target = from.endsWith("/") ? remotePath : inside;
  await remote.makeDirectories(target);
  await putDirectory(remote, from, target);
}

async function putDirectory(remote: RemoteFiles, from: string, to: string): Promise<void> {
  for (const entry of readdirSync(from)) {
    const [source, target] = [path.join(from, entry), path.posix.join(to, entry)];
    if (statSync(source).isDirectory()) {
      await remote.makeDirectories(target);
      await putDirectory(remote, source, target);
    } else {
      await remote.upload(source, target);
    }
  }
}
