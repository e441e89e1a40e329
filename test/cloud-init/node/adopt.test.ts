import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { launch } from "../../../cloud-init/launch";
import { programArchive, programFile } from "../../../cloud-init/program";
import { proxyDropIns } from "../../../cloud-init/proxy";

/** A machine in a directory, whose systemd and apt note what they are asked for; a user's home is in it. */
let machine: string;
const at = (path: string): string => join(machine, path);
const asked = (): string[] => (existsSync(at("asked")) ? readFileSync(at("asked"), "utf8").trim().split("\n") : []);
const write = (path: string, content: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
};
const fake = (name: string, body: string): void => {
  write(`bin/${name}`, `#!/bin/sh\n${body}\n`);
  chmodSync(at(`bin/${name}`), 0o755);
};
const note = (name: string): string => `echo "${name} $*" >>"$RACKPLANE_ROOT/asked"`;

/** A program that only notes what it is asked for, but for the verbs that are tried here. */
function archive(mark = "one"): { name: string; hash: string } {
  const folder = mkdtempSync(at("archive-"));
  execFileSync("tar", ["-xf", programArchive().path, "-C", folder]);
  writeFileSync(join(folder, "mark"), mark);
  writeFileSync(join(folder, "boot/verbs/install.sh"), `${note("rackplane install")}\n`);
  writeFileSync(
    join(folder, "boot/verbs/await.sh"),
    `${note("rackplane await")}\nmkdir -p "$RACKPLANE_ROOT/run/rackplane"; : >"$RACKPLANE_ROOT/run/rackplane/prepared"\n`,
  );
  writeFileSync(join(folder, "boot/verbs/tell.sh"), 'echo "$RACKPLANE_BUNDLE"; cat\n');
  const tar = at("archive.tar");
  execFileSync("tar", ["--mtime=@0", "--sort=name", "-cf", tar, "-C", folder, ...readdirSync(folder)]);
  const hash = execFileSync("sha256sum", [tar], { encoding: "utf8" }).slice(0, 64);
  execFileSync("cp", [tar, at(`home/.rackplane-${hash}.tar`)]);
  return { name: `.rackplane-${hash}.tar`, hash };
}

const run = (verb: string, hash: string, input = "", programs = process.env.PATH) =>
  spawnSync("sh", ["-c", launch(hash, verb, "root")], {
    input,
    cwd: at("home"),
    encoding: "utf8",
    env: { ...process.env, PATH: `${at("bin")}:${programs}`, RACKPLANE_ROOT: machine, RACKPLANE_POLL: "0.1" },
  });

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), "adopt-"));
  for (const folder of ["home", "opt", "etc", "var/lib", "run/systemd/system"])
    mkdirSync(at(folder), { recursive: true });
  fake("systemctl", `${note("systemctl")}; [ "$1" != show ] || cat "$RACKPLANE_ROOT/state" 2>/dev/null || echo dead`);
  fake("apt-get", note("apt-get"));
});
afterEach(() => rmSync(machine, { recursive: true, force: true }));

describe("the launcher", () => {
  test("is shell that every Debian has", () => {
    execFileSync("shellcheck", ["-s", "sh", "-"], { input: programFile("bin/launch"), stdio: "pipe" });
    execFileSync("dash", ["-n"], { input: programFile("bin/launch") });
  });

  test("runs a verb of a program that the machine lacks from a copy that is gone afterwards", () => {
    const { hash } = archive();
    const { status, stdout, stderr } = run("tell", hash, "input");
    expect([status, stderr]).toEqual([0, ""]);
    const [bundle = "", input] = stdout.split("\n");
    expect(bundle.startsWith(at("run/rackplane-program."))).toBe(true);
    expect(input).toBe("input");
    expect([existsSync(bundle), existsSync(at("opt/rackplane"))]).toEqual([false, false]);
  });

  test("runs the machine's own program when that is the one, whatever became of the archive's other copies", () => {
    const { hash } = archive();
    run("adopt", hash, GIVEN());
    expect(run("tell", hash).stdout).toBe(`${at("opt/rackplane")}\n`);
  });

  test("forgets the archives of earlier programs", () => {
    const [old, young] = [archive("one"), archive("two")];
    run("tell", young.hash);
    expect([existsSync(at(`home/${old.name}`)), existsSync(at(`home/${young.name}`))]).toEqual([false, true]);
  });

  test("runs nothing of an archive that is not the one", () => {
    const { name, hash } = archive();
    writeFileSync(at(`home/${name}`), readFileSync(at("archive.tar")).subarray(0, -512));
    const { status, stdout, stderr } = run("tell", hash);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/found a file with SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}; remove it and run/);
  });

  test("needs no archive on a machine that has the program", () => {
    const { name, hash } = archive();
    run("adopt", hash, GIVEN());
    rmSync(at(`home/${name}`));
    // The launcher that is installed; the tests' machine has it in a directory of its own.
    const installed = launch(hash, "tell", "root").replaceAll("cat /opt/rackplane/", `cat ${at("opt/rackplane")}/`);
    const { stdout } = spawnSync("sh", ["-c", installed], {
      cwd: at("home"),
      encoding: "utf8",
      env: { ...process.env, RACKPLANE_ROOT: machine },
    });
    expect(stdout).toBe(`${at("opt/rackplane")}\n`);
  });

  test("says what brings an archive that is missing", () => {
    const { status, stderr } = run("tell", "0".repeat(64));
    expect(status).toBe(1);
    expect(stderr).toMatch(/found no readable .*home.*\/\.rackplane-0{64}\.tar; 'pulumi up --replace' its -program/);
  });
});

const GIVEN = (node: object = { schema: 1 }): string =>
  JSON.stringify({ node, identity: { name: "demo-cp-0", address: "10.0.0.11" } });

describe("a machine that exists, adopted,", () => {
  const adopt = (input = GIVEN(), mark?: string) => run("adopt", archive(mark).hash, input);

  test("has node.json, identity.json and the program in their places, installs it and awaits the preparation", () => {
    const { status, stderr } = adopt();
    expect([status, stderr]).toEqual([0, ""]);
    expect(JSON.parse(readFileSync(at("etc/rackplane/node.json"), "utf8"))).toEqual({ schema: 1 });
    expect(JSON.parse(readFileSync(at("etc/rackplane/identity.json"), "utf8"))).toMatchObject({ name: "demo-cp-0" });
    for (const [file, mode] of Object.entries({ "bin/rackplane": "755", "boot/lib/common.sh": "644", boot: "755" }))
      expect((statSync(at(`opt/rackplane/${file}`)).mode & 0o777).toString(8), file).toBe(mode);
    expect(asked().slice(-2)).toEqual(["rackplane install ", "rackplane await prepared"]);
    expect(readFileSync(at("asked"), "utf8")).not.toContain("apt-get");
    expect(existsSync(at("opt/rackplane.new"))).toBe(false);
  });

  test("downloads through the proxy from the start, jq included, and directly once the proxy is taken out", () => {
    const downloadEnvironment = "http_proxy=http://proxy.lan:3128 https_proxy=http://proxy.lan:3128 no_proxy=localhost";
    const dropIns = proxyDropIns(downloadEnvironment);
    // A plain machine: apt brings jq.
    execFileSync("cp", ["-rs", "/usr/bin/.", at("usr")]);
    rmSync(at("usr/jq"));
    fake(
      "apt-get",
      `${note("apt-get $http_proxy")}; case "$*" in *jq) ln -s /usr/bin/jq "$RACKPLANE_ROOT/usr/jq" ;; esac`,
    );
    const given = GIVEN({ schema: 1, downloadEnvironment });
    expect(run("adopt", archive().hash, given, at("usr"))).toMatchObject({ status: 0 });
    const downloads = asked().filter(line => line.startsWith("apt-get"));
    expect(downloads).toHaveLength(2);
    for (const line of downloads) expect(line).toMatch(/^apt-get http:\/\/proxy\.lan:3128 /);
    for (const { path, content } of dropIns) expect(readFileSync(at(path), "utf8")).toBe(content);
    expect(asked()).toEqual(
      expect.arrayContaining(["systemctl daemon-reload", "systemctl restart containerd.service"]),
    );

    expect(adopt()).toMatchObject({ status: 0 });
    expect(dropIns.filter(({ path }) => existsSync(at(path)))).toEqual([]);
  });

  test("again with the same, only awaits", () => {
    adopt();
    rmSync(at("asked"));
    expect(adopt().status).toBe(0);
    expect(asked().filter(line => line.startsWith("rackplane"))).toEqual(["rackplane await prepared"]);
  });

  test.each([
    ["node.json", GIVEN({ schema: 1, role: "worker" }), "one"],
    ["program", GIVEN(), "two"],
  ])("again with another %s, is prepared anew with it", (_, input, mark) => {
    adopt();
    rmSync(at("asked"));
    adopt(input, mark);
    expect(JSON.parse(readFileSync(at("etc/rackplane/node.json"), "utf8"))).toEqual(
      (JSON.parse(input) as { node: object }).node,
    );
    expect(readFileSync(at("opt/rackplane/mark"), "utf8")).toBe(mark);
    expect(asked()).toEqual(expect.arrayContaining(["systemctl stop rackplane-prepare.service", "rackplane install "]));
  });

  test("again after a cut between the files and their installation, installs", () => {
    adopt();
    rmSync(at("run/rackplane/prepared"));
    rmSync(at("asked"));
    adopt();
    expect(asked()).toContain("rackplane install ");
  });

  test("is left alone once it had its grant: its program changes when its turn comes", () => {
    adopt();
    write("etc/rackplane/roster.json", "[]");
    rmSync(at("asked"));
    adopt(GIVEN({ schema: 1, role: "worker" }), "two");
    expect(JSON.parse(readFileSync(at("etc/rackplane/node.json"), "utf8"))).toEqual({ schema: 1 });
    expect(readFileSync(at("opt/rackplane/mark"), "utf8")).toBe("one");
    expect(asked()).toEqual(["rackplane await prepared"]);
  });

  test("is awaited by this program's own parts where an earlier one is installed, whose parts lie elsewhere", () => {
    write("opt/rackplane/bin/rackplane", "#!/bin/sh\necho there is no such verb >&2; exit 64\n");
    chmodSync(at("opt/rackplane/bin/rackplane"), 0o755);
    write("opt/rackplane/verbs/await.sh", "");
    write("etc/rackplane/roster.json", "[]");
    expect(adopt()).toMatchObject({ status: 0, stderr: "" });
    expect(asked()).toEqual(["rackplane await prepared"]);
    expect(existsSync(at("opt/rackplane/verbs/await.sh"))).toBe(true);
  });

  test("has an exchange of programs that a power cut ended brought to its end, member or not", () => {
    adopt();
    write("etc/rackplane/roster.json", "[]");
    rmSync(at("opt/rackplane/hash"));
    rmSync(at("opt/rackplane/boot"), { recursive: true });
    write("opt/rackplane.new/boot/lib/common.sh", "");
    expect(adopt().status).toBe(0);
    expect([existsSync(at("opt/rackplane/boot/lib/common.sh")), existsSync(at("opt/rackplane.new"))]).toEqual([
      true,
      false,
    ]);
  });

  test("keeps the files of a preparation that runs until that has ended", () => {
    writeFileSync(at("state"), "start\n");
    // Ends when it is looked at for the second time.
    fake(
      "systemctl",
      `${note("systemctl")}; [ "$1" != show ] || { cat "$RACKPLANE_ROOT/state"; echo exited >"$RACKPLANE_ROOT/state"; }`,
    );
    const { stderr } = adopt();
    expect(stderr).toContain("a preparation is running; waiting for its end");
    expect(asked().filter(line => line.startsWith("systemctl show"))).toHaveLength(2);
  });

  test.each([
    ["", "nothing"],
    ['{"node": {"sch', "half"],
    ['{"node": {"schema": 1}}', "one document of two"],
  ])("is not changed when %j arrives, %s of what was sent", input => {
    const { status, stderr } = adopt(input);
    expect([status, stderr]).toEqual([
      1,
      "rackplane: standard input is no node.json and identity.json; the connection was probably cut, run 'pulumi up' again\n",
    ]);
    expect([existsSync(at("opt/rackplane")), existsSync(at("etc/rackplane"))]).toEqual([false, false]);
    expect(asked()).toEqual([]);
  });

  test("says what it is to be when it has no systemd", () => {
    rmSync(at("run/systemd"), { recursive: true });
    const { status, stderr } = adopt();
    expect([status, stderr]).toEqual([1, expect.stringContaining("expected it as init, as Debian and Ubuntu have it")]);
  });
});
