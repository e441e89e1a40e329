import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect, test } from "vitest";

const COMMON = path.resolve(__dirname, "../../../cloud-init/node/boot/lib/common.sh");

/** What a program with common.sh does, in a directory of its own. */
function program(lines: string): { status: number | null; stdout: string; stderr: string } {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-progress-"));
  return spawnSync("bash", ["-c", `set -euo pipefail; . ${COMMON}; ${lines}`], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, RACKPLANE_ROOT: root, RACKPLANE_POLL: "0.1" },
  });
}

test("a line of progress that cannot be written ends no program", () => {
  const { status, stdout } = program('mkdir -p "$STATUS"; say announce start words; echo on');
  expect([status, stdout]).toEqual([0, "on\n"]);
});

test("a deadline passes with the time that passes, whatever becomes of the date", () => {
  // bash's SECONDS follows the date. `await` runs its condition in a subshell, so the date is set forward at each pause.
  const { status, stderr } = program(
    `date_goes_on() { SECONDS=$((SECONDS + 3600)); }; eval "$(declare -f pause | sed 's/^pause/pause_as_it_is/')"
pause() { date_goes_on; pause_as_it_is "$1"; }
(pause_as_it_is 0.5; touch "$ROOT/there") & await clock 5 "a file" test -e "$ROOT/there"`,
  );
  expect(status, stderr).toBe(0);
});

test("time is told in microseconds since boot, and never goes back", () => {
  const { stdout } = program("tell_uptime; a=$UPTIME; pause 0.05; tell_uptime; echo $((UPTIME - a))");
  expect(Number(stdout)).toBeGreaterThanOrEqual(40_000);
  expect(Number(stdout)).toBeLessThan(5_000_000);
});
