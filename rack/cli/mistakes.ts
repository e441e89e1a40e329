import { InputPropertiesError } from "@pulumi/pulumi";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseCluster } from "../../components/config/parse";
import { readClusterArgs } from "../../components/config/read";
import { STATE_DIR } from "../topology";
import { REPOSITORY } from "./paths";
import { completeForPreview, placeholderKey } from "./preview";
import { programConfig, type StackFile } from "./stack-file";

/**
 * Refuses a stack file before anything is built or made for it.
 *
 * @throws Error with the list that `pulumi preview` would tell, made by the program's own parser
 */
export function refuseMistakes(stack: string, file: StackFile): void {
  try {
    parseCluster(readClusterArgs(programConfig(completeForPreview(file))), { name: stack, readFile });
  } catch (error) {
    if (InputPropertiesError.isInstance(error)) throw new Error(`stack ${stack}: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * A key of the rack's own is made with the rack, after this; until then any key in form stands for it. Relative paths begin
 * at the program.
 */
function readFile(name: string): string {
  const file = path.resolve(REPOSITORY, name);
  if (fs.existsSync(file) || !file.startsWith(`${STATE_DIR}/`)) return fs.readFileSync(file, "utf8");
  return file.endsWith(".pub")
    ? placeholderKey(file)
    : generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
