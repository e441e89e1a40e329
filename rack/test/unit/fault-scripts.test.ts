import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { SCRIPTS } from "../../faults/script";
import { libraryThere } from "../../faults/clock";
import { faultNamed, FAULTS } from "../../faults";
import type { FaultTarget, SwitchTarget } from "../../faults/fault";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-faults-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A fault's script as a machine runs it: from its standard input. */
function script(name: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): { code: number; said: string } {
  const { status, stdout, stderr } = spawnSync("bash", ["-s", "--", ...words], {
    input: fs.readFileSync(path.join(SCRIPTS, name), "utf8"),
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { code: status ?? -1, said: `${stdout}${stderr}` };
}

test("every script can be read by bash, stops at its first error, and refuses what it does not know", () => {
  const names = fs.readdirSync(SCRIPTS);
  expect(names.length).toBeGreaterThan(4);
  for (const name of names) {
    const text = fs.readFileSync(path.join(SCRIPTS, name), "utf8");
    execFileSync("bash", ["-n", path.join(SCRIPTS, name)]);
    expect(text, name).toMatch(/^set -euo pipefail$/m);
    expect(text, name).toMatch(/die "expected [a-z]+(, [a-z]+)* or [a-z]+"/);
  }
});

describe("process.sh", () => {
  // A name that no other process of this host has.
  const name = `rp-victim-${process.pid}`;
  const program = path.join(folder, name);
  fs.copyFileSync("/bin/sleep", program);
  fs.chmodSync(program, 0o755);
  const children: ChildProcess[] = [];
  const start = () => {
    const child = spawn(program, ["60"]);
    children.push(child);
    return new Promise<ChildProcess>(resolve => child.once("spawn", () => resolve(child)));
  };
  const stateOf = ({ pid }: ChildProcess) =>
    /^State:\s+(\w)/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  afterEach(() => children.splice(0).forEach(child => child.kill("SIGKILL")));

  test("kills every process of a name, and returns when they are gone", async () => {
    const victims = [await start(), await start()];
    const ended = victims.map(child => new Promise(resolve => child.once("exit", (_, signal) => resolve(signal))));
    expect(script("process.sh", ["kill", name])).toEqual({ code: 0, said: "" });
    expect(await Promise.all(ended)).toEqual(["SIGKILL", "SIGKILL"]);
  });

  test("stops one and lets it go on", async () => {
    const victim = await start();
    expect(script("process.sh", ["stop", name]).code).toBe(0);
    expect(stateOf(victim)).toBe("T");
    expect(script("process.sh", ["continue", name]).code).toBe(0);
    expect(stateOf(victim)).not.toBe("T");
  });

  test("fails where there is nothing to kill; to go on is what is gone already free to", () => {
    const { code, said } = script("process.sh", ["kill", `${name}-none`]);
    expect(code).not.toBe(0);
    expect(said).toMatch(/fault kill .*-none: found no process of this name, expected one/);
    expect(script("process.sh", ["continue", `${name}-none`]).code).toBe(0);
  });
});

// A minute: a starved host starts programs slowly, and these are two dozen.
describe("certificate.sh", { timeout: 60_000 }, () => {
  const pki = path.join(folder, "pki");
  const EC = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  const inPki = (name: string) => path.join(pki, name);
  const openssl = (words: string, ...more: string[]) =>
    execFileSync("openssl", [...words.split(" "), ...more], {
      cwd: pki,
      stdio: ["ignore", "pipe", "ignore"],
    }).toString();
  const told = () => openssl("x509 -noout -subject -issuer -ext subjectAltName,extendedKeyUsage -in apiserver.crt");

  test("makes a certificate that has ended and differs in nothing else, shows it, and gives the own one back", async () => {
    fs.mkdirSync(pki);
    openssl(`req -x509 ${EC} -subj /CN=kubernetes -keyout ca.key -out ca.crt`);
    openssl(`req ${EC} -subj /CN=kube-apiserver -keyout apiserver.key -out request.pem`);
    fs.writeFileSync(inPki("ext"), "subjectAltName=DNS:kubernetes,IP:10.71.0.11\nextendedKeyUsage=serverAuth\n");
    openssl("x509 -req -in request.pem -CA ca.crt -CAkey ca.key -days 365 -extfile ext -out apiserver.crt");
    const before = fs.readFileSync(inPki("apiserver.crt"), "utf8");
    const [words, port] = [told(), 20_000 + (process.pid % 20_000)];

    // It reads what it shows from the file each time, as an API server does after a change.
    const server = path.join(folder, "server.js");
    fs.writeFileSync(
      server,
      `const fs = require("fs"), tls = require("tls"); const [pki, port] = process.argv.slice(2);
       const read = name => fs.readFileSync(pki + "/" + name);
       tls.createServer({ key: read("apiserver.key"), cert: read("apiserver.crt") })
         .listen(Number(port), "127.0.0.1", function () {
           setInterval(() => { try { this.setSecureContext({ key: read("apiserver.key"), cert: read("apiserver.crt") }) } catch {} }, 50);
           console.log("listening");
         }).on("tlsClientError", () => {});`,
    );
    const child = spawn(process.execPath, [server, pki, String(port)]);
    await new Promise(resolve => child.stdout.once("data", resolve));
    const env = { PKI: pki, SERVER: `127.0.0.1:${port}` };
    try {
      expect(script("certificate.sh", ["expire"], env)).toEqual({ code: 0, said: "" });
      const end = Date.parse(openssl("x509 -noout -enddate -in apiserver.crt").replace("notAfter=", ""));
      expect(Date.now() - end).toBeGreaterThan(30 * 60_000);
      expect(told()).toBe(words);
      expect(openssl("verify -no_check_time -CAfile ca.crt apiserver.crt")).toContain("OK");
      const again = script("certificate.sh", ["expire"], env);
      expect(again.said).toMatch(/the fault holds already; restore it first/);
      expect(again.code).not.toBe(0);
      for (let i = 0; i < 2; i++) {
        expect(script("certificate.sh", ["restore"], env).code).toBe(0);
        expect(fs.readFileSync(inPki("apiserver.crt"), "utf8")).toBe(before);
      }
    } finally {
      child.kill();
    }
  });
});

describe("a fault", () => {
  const nothing = async () => undefined;
  const machine: FaultTarget = {
    ...{ powerOff: nothing, powerOn: nothing, reboot: nothing, shutDown: nothing, reinstall: nothing },
    ...{ freeze: nothing, thaw: nothing, cutLink: nothing, mendLink: nothing, silence: nothing, unsilence: nothing },
    ...{ part: nothing, unpart: nothing },
    // A machine on which nothing works.
    exec: async argv => Promise.reject(new Error(`${argv.join(" ")}: exit code 1`)),
  };

  test("that runs a program fails where that does", async () => {
    const byProgram = FAULTS.filter(({ name }) => /^(kill|stop|expire|slow|full|exhaust|clock|cut-etcd)/.test(name));
    expect(byProgram.length).toBeGreaterThan(10);
    for (const fault of byProgram)
      if (fault.of === "machine") await expect(fault.inject(machine), fault.name).rejects.toThrow("exit code 1");
  });

  test("of a switch without sessions takes no effect and says so", async () => {
    const fault = faultNamed("reset-sessions");
    const target = { resetSessions: async () => 0 } as unknown as SwitchTarget;
    if (fault.of !== "switch") throw new Error("reset-sessions: expected a fault of switches");
    await expect(fault.inject(target)).rejects.toThrow(/found no session to reset, expected some/);
  });

  test("of a clock says which package is missing", () => {
    if (fs.existsSync("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")) expect(libraryThere().input).not.toBe("");
    else expect(libraryThere).toThrow(/install Debian's package libfaketime/);
  });
});
