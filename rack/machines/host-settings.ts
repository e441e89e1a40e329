import * as fs from "node:fs";
import * as path from "node:path";
import { STATE_DIR } from "../topology";

/** Kernel settings of the whole host that the rack raises: every machine's systemd and kubelet count to root. */
const RAISED: Readonly<Record<string, number>> = {
  "fs/inotify/max_user_instances": 8192,
  "fs/inotify/max_user_watches": 1_048_576,
};

/** Settings that a privileged container in a machine can reach: put back even though machines have copies. */
const GUARDED = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];

const proc = (setting: string) => path.join("/proc/sys", setting);
const read = (setting: string) => fs.readFileSync(proc(setting), "utf8").trim();
const recordFile = (stateDir: string) => path.join(stateDir, "host-settings.json");

/** Notes the host's settings and raises those that many machines need. A note of a crashed rack stays. */
export function raiseHostSettings(stateDir = STATE_DIR): void {
  const file = recordFile(stateDir);
  if (!fs.existsSync(file)) {
    const known = [...Object.keys(RAISED), ...GUARDED].filter(setting => fs.existsSync(proc(setting)));
    fs.mkdirSync(stateDir, { recursive: true });
    fs.writeFileSync(
      `${file}.new`,
      JSON.stringify(Object.fromEntries(known.map(setting => [setting, read(setting)])), undefined, 2),
    );
    fs.renameSync(`${file}.new`, file);
  }
  for (const [setting, least] of Object.entries(RAISED)) {
    if (fs.existsSync(proc(setting)) && Number(read(setting)) < least) fs.writeFileSync(proc(setting), String(least));
  }
}

/** Puts back what was noted. */
export function restoreHostSettings(stateDir = STATE_DIR): void {
  for (const [setting, value] of Object.entries(notedSettings(stateDir))) {
    if (read(setting) !== value) fs.writeFileSync(proc(setting), value);
  }
}

function notedSettings(stateDir: string): Record<string, string> {
  const file = recordFile(stateDir);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string>) : {};
}
