import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../command";
import type { BareMachine } from "../host";
import { machinePaths } from "./store";

const HOST_KEY = "etc/ssh/ssh_host_ed25519_key";

/**
 * Makes a fresh disk that of a machine which somebody else has set up: no cloud speaks to it, the operator's key
 * opens it, and its host key is known before it boots.
 *
 * @param upper the machine's own files
 */
export async function makeBare(record: BareMachine, upper: string): Promise<void> {
  const at = (file: string) => path.join(upper, file);
  for (const [directory, mode] of [
    ["root", 0o700],
    ["root/.ssh", 0o700],
    ["etc/ssh", 0o755],
    ["etc/cloud", 0o755],
    ["etc/systemd/system", 0o755],
  ] as const) {
    fs.mkdirSync(at(directory), { recursive: true, mode });
  }
  fs.writeFileSync(at("root/.ssh/authorized_keys"), `${record.authorizedKey.trim()}\n`, { mode: 0o600 });
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", `root@${record.hostname}`, "-f", at(HOST_KEY)]);
  // Both are what cloud-init and systemd document for it: a file of this name, a unit that is /dev/null.
  fs.writeFileSync(at("etc/cloud/cloud-init.disabled"), "");
  fs.symlinkSync("/dev/null", at("etc/systemd/system/phone-home.service"));
}

/** The machine's SSH host key as a stack file holds it: `ssh-ed25519 AAAA...`. */
export function hostKeyOf(id: string, stateDir?: string): string {
  const text = fs.readFileSync(path.join(machinePaths(id, stateDir).upper, `${HOST_KEY}.pub`), "utf8");
  return text.trim().split(/\s+/).slice(0, 2).join(" ");
}
