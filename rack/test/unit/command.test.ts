import { describe, expect, it } from "vitest";
import { output, run, step, tail } from "../../command";

const sh = (script: string) => ["sh", "-c", script];
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no failure",
    (error: Error) => error.message,
  );

describe("a command", () => {
  it("answers with all that it said, as it said it", async () => {
    expect(await run(sh("cat; echo bad >&2"), { input: "good\n" })).toEqual({
      code: 0,
      stdout: "good\n",
      stderr: "bad\n",
    });
  });
  it("may fail in a way that was expected", async () => {
    expect(await run(sh("exit 3"), { accept: [0, 3] })).toMatchObject({ code: 3 });
    expect(await run(sh("kill -9 $$"), { accept: "any" })).toMatchObject({ code: null });
  });
  it("that fails is named with its exit code and its last words", async () => {
    expect(await failure(run(sh("seq 30 >&2; exit 3")))).toBe(
      `sh -c seq 30 >&2; exit 3: exit code 3\n${Array.from({ length: 15 }, (_, i) => i + 16).join("\n")}`,
    );
    expect(await failure(run(sh("echo reason; exit 1")))).toBe("sh -c echo reason; exit 1: exit code 1\nreason");
    expect(await failure(run(sh("kill -9 $$")))).toBe("sh -c kill -9 $$: was ended by SIGKILL\n");
  });
  it("that takes too long is ended, whatever else is accepted", async () => {
    expect(await failure(run(["sleep", "60"], { timeoutSeconds: 0.1, accept: "any" }))).toBe(
      "sleep 60: took more than 0.1 s and was ended\n",
    );
  });
  it("that there is none of says so, and an empty one too", async () => {
    expect(await failure(run(["no-such-program"]))).toBe(
      "no-such-program: could not be started (ENOENT); is it installed and on PATH?",
    );
    expect(await failure(run([]))).toBe("run: an empty command; name a program");
  });
  it("may end without reading: its exit code tells the story", async () => {
    expect(await failure(run(sh("exec <&-; exit 4"), { input: "x".repeat(1 << 20) }))).toMatch(/exit code 4/);
  });
  it("has the environment that it is given and no other", async () => {
    expect(await output(["/usr/bin/env"], { env: { ONLY: "this" } })).toBe("ONLY=this");
  });
});

describe("a command's output", () => {
  it("ends where its last line does", async () => {
    expect(await output(sh("printf 'a\\n\\n'"))).toBe("a\n");
    expect(await output(sh("printf a"))).toBe("a");
  });
  it("of a command that fails is a failure like any other", async () => {
    expect(await failure(output(sh("echo no >&2; exit 1")))).toBe("sh -c echo no >&2; exit 1: exit code 1\nno");
  });
});

describe("a step of a build", () => {
  it("says what it was for, how it ended and its last words", async () => {
    expect(await failure(step(sh("seq 10 >&2; exit 2"), { purpose: "packing it" }))).toBe(
      "packing it: `sh -c seq 10 >&2; exit 2` ended with 2, expected 0; it said:\n  3\n  4\n  5\n  6\n  7\n  8\n  9\n  10",
    );
    expect(await failure(step(sh("kill -9 $$"), { purpose: "packing it" }))).toBe(
      "packing it: `sh -c kill -9 $$` was ended by SIGKILL, expected 0; it said:\n  nothing",
    );
  });
  it("says what brings a program that is missing", async () => {
    expect(await failure(step(["no-such-program"], { purpose: "packing it" }))).toBe(
      "packing it: expected the program no-such-program, found none; build it with rack/tools/build.sh",
    );
    expect(await failure(step(["gpgconf"], { purpose: "signing", env: { PATH: "/nowhere" } }))).toBe(
      "signing: expected the program gpgconf, found none; install Debian's package gnupg",
    );
  });
  it("speaks one language everywhere, in a folder of its own", async () => {
    expect(await step(sh("echo $LC_ALL $TZ $MORE; pwd"), { purpose: "asking", cwd: "/", env: { MORE: "more" } })).toBe(
      "C UTC more\n/\n",
    );
  });
});

it("the tail of a text is its last lines", () => {
  expect(tail("1\n2\n3\n\n", 2)).toBe("2\n3");
});
