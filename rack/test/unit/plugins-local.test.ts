import * as fs from "node:fs";
import * as os from "node:os";
import { describe, expect, it, vi } from "vitest";
import { commandResource } from "../../plugins/command/resource";
import { runLocal } from "../../plugins/command/local";
import { changed, fakeCall } from "./plugins-call.fakes";

const local = commandResource(runLocal);
const newCall = () => fakeCall("command:local:Command");

describe("a local command", () => {
  it("runs in a shell with its environment, stdin and directory", async () => {
    const inputs = { create: 'echo "$WHO $(cat) $(pwd)"', stdin: "in", environment: { WHO: "me" }, dir: "/" };
    const { state } = await local.create(newCall(), inputs, false);
    expect(state.stdout).toBe("me in /");
  });

  it("runs with another interpreter", async () => {
    const { state } = await local.create(newCall(), { create: "1 + 1", interpreter: [process.execPath, "-p"] }, false);
    expect(state.stdout).toBe("2");
  });

  it("keeps the output when an update has nothing to run", async () => {
    const news = { delete: "true" };
    expect(await local.update(newCall(), changed(news, news, { stdout: "kept", stderr: "" }), false)).toMatchObject({
      stdout: "kept",
    });
  });

  it("that fails tells its status and what it printed", async () => {
    const run = local.create(newCall(), { create: "echo why >&2; exit 4" }, false);
    await expect(run).rejects.toThrow(/^exit status 4: running "echo why >&2; exit 4":\nwhy\n$/);
  });

  it("is refused when it asks for files as outputs", async () => {
    const checked = await local.check?.(newCall(), undefined, { create: "true", assetPaths: ["*"] });
    expect(checked?.failures).toEqual([{ property: "assetPaths", reason: expect.stringContaining("not supported") }]);
  });

  it("need not read its stdin", async () => {
    await local.create(newCall(), { create: "true", stdin: "x".repeat(500_000) }, false);
  });

  it("is ended with all that it started when the engine cancels", async () => {
    const call = newCall();
    const mark = `${os.tmpdir()}/plugins-local-${process.pid}`;
    const run = local.create(call, { create: `sleep 60 & echo $! > ${mark}; wait` }, false);
    const pid = await vi.waitFor(() => {
      const text = fs.readFileSync(mark, "utf8").trim();
      expect(text).not.toBe("");
      return Number(text);
    });
    call.controller.abort(new Error("cancelled by the engine"));
    await expect(run).rejects.toThrow("cancelled by the engine");
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
    fs.rmSync(mark);
  });
});

/** Ended, or ended and waiting for whoever inherits it. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
