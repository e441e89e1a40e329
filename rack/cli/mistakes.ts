import { InputPropertiesError } from "@pulumi/pulumi";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import { parseCluster } from "../../components/config/parse";
import { readClusterArgs } from "../../components/config/read";
import { STATE_DIR } from "../topology";
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

/** A key of the rack's own is made with the rack, after this; until then any key in form stands for it. */
function readFile(path: string): string {
  if (fs.existsSync(path) || !path.startsWith(`${STATE_DIR}/`)) return fs.readFileSync(path, "utf8");
  return path.endsWith(".pub")
    ? placeholderKey(path)
    : generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
