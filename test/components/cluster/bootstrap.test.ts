import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SCRIPT = join(__dirname, "../../../components/machines/ssh/bootstrap.sh");

/** A machine in a directory, whose systemd, apt and on-node program note what they are asked for. */
let machine: string;
const at = (path: string): string => join(machine, path);
const asked = (): string[] => (existsSync(at("asked")) ? readFileSync(at("asked"), "utf8").trim().split("\n") : []);
const fake = (name: string, body: string): void => {
  writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${body}\n`);
  chmodSync(at(`bin/${name}`), 0o755);
};

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), "bootstrap-"));
  for (const folder of ["bin", "run/systemd/system", "run/rackplane"]) mkdirSync(at(folder), { recursive: true });
  fake(
    "systemctl",
    'echo "systemctl $*" >>"$RACKPLANE_ROOT/asked"; [ "$1" != show ] || cat "$RACKPLANE_ROOT/state" 2>/dev/null || echo dead',
  );
  fake("apt-get", 'echo "apt-get $*" >>"$RACKPLANE_ROOT/asked"');
});
afterEach(() => rmSync(machine, { recursive: true, force: true }));

const PROGRAM =
  '#!/bin/sh\necho "rackplane $*" >>"$RACKPLANE_ROOT/asked"\n[ "$1" != await ] || : >"$RACKPLANE_ROOT/run/rackplane/prepared"\n';
const files = (node = "{}\n") => ({
  "/opt/rackplane/bin/rackplane": { mode: "0755", content: PROGRAM },
  "/opt/rackplane/lib/common.sh": { mode: "0644", content: "# ü 'quoted' $HOME\n" },
  "/etc/rackplane/node.json": { mode: "0644", content: node },
});

const run = (input: string) =>
  spawnSync("sh", ["-c", readFileSync(SCRIPT, "utf8")], {
    input,
    encoding: "utf8",
    env: { ...process.env, PATH: `${at("bin")}:${process.env.PATH}`, RACKPLANE_ROOT: machine },
  });
const bring = (given: object = files()) => run(JSON.stringify({ files: given }));

describe("the bootstrap of a machine that exists", () => {
  test("is shell that every Debian has", () => {
    execFileSync("shellcheck", ["-s", "sh", SCRIPT], { stdio: "pipe" });
    execFileSync("dash", ["-n", SCRIPT]);
  });

  test("puts every file in its place as it was sent, installs the program and awaits the preparation", () => {
    const { status, stderr } = bring();
    expect([status, stderr]).toEqual([0, ""]);
    for (const [path, { mode, content }] of Object.entries(files())) {
      expect(readFileSync(at(path), "utf8")).toBe(content);
      expect((statSync(at(path)).mode & 0o777).toString(8)).toBe(mode.slice(1));
    }
    expect(asked().slice(-2)).toEqual(["rackplane install", "rackplane await prepared"]);
    expect(readFileSync(at("asked"), "utf8")).not.toContain("apt-get");
  });

  test("run again with the same, only awaits", () => {
    bring();
    rmSync(at("asked"));
    expect(bring().status).toBe(0);
    expect(asked().filter(line => line.startsWith("rackplane"))).toEqual(["rackplane await prepared"]);
  });

  test("run again with another node.json, prepares anew with it", () => {
    bring();
    rmSync(at("asked"));
    bring(files('{"schema":1}\n'));
    expect(readFileSync(at("/etc/rackplane/node.json"), "utf8")).toBe('{"schema":1}\n');
    expect(asked()).toEqual(expect.arrayContaining(["systemctl stop rackplane-prepare.service", "rackplane install"]));
  });

  test("run again after a cut between the files and their installation, installs", () => {
    bring();
    rmSync(at("run/rackplane/prepared"));
    rmSync(at("asked"));
    bring();
    expect(asked()).toContain("rackplane install");
  });

  test("leaves a machine that had its grant alone: its program changes when its turn comes", () => {
    bring();
    mkdirSync(at("/opt/rackplane/verbs"), { recursive: true });
    writeFileSync(at("/opt/rackplane/verbs/member.sh"), "");
    rmSync(at("asked"));
    bring(files('{"schema":1}\n'));
    expect(readFileSync(at("/etc/rackplane/node.json"), "utf8")).toBe("{}\n");
    expect(asked()).toEqual(["rackplane await prepared"]);
  });

  test("changes no file of a preparation that runs until that has ended", () => {
    writeFileSync(at("state"), "start\n");
    // Ends when it is looked at for the second time.
    fake(
      "systemctl",
      'echo "systemctl $*" >>"$RACKPLANE_ROOT/asked"; [ "$1" != show ] || { cat "$RACKPLANE_ROOT/state"; echo exited >"$RACKPLANE_ROOT/state"; }',
    );
    const { stderr } = bring();
    expect(stderr).toContain("a preparation is running; waiting for its end");
    expect(asked().filter(line => line.startsWith("systemctl show"))).toHaveLength(2);
  });

  test.each([
    ["", "nothing"],
    ['{"files": {"/opt/rackpl', "half"],
    ['{"files": {}}', "no file"],
  ])("changes nothing when %j arrives, %s of what was sent", input => {
    const { status, stderr } = run(input);
    expect([status, stderr]).toEqual([
      1,
      "rackplane: standard input is no list of files; the connection was probably cut, run 'pulumi up' again\n",
    ]);
    expect(existsSync(at("opt"))).toBe(false);
    expect(asked()).toEqual([]);
  });

  test("says what a machine without systemd is to be", () => {
    rmSync(at("run/systemd"), { recursive: true });
    const { status, stderr } = bring();
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("expected it as init; use Debian 12, Ubuntu 22.04 or 24.04"),
    ]);
  });
});
