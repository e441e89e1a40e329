import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { figure, journal, rackplane, statusNow, whole } from "../../../bench/rack";

describe("one command brings up a highly available control plane", () => {
  let first: Awaited<ReturnType<typeof rackplane>>;

  beforeAll(async () => {
    await rackplane("down");
    first = await rackplane("up");
    if (first.code !== 0) process.stdout.write(`${first.output}\n${await journal("lab-cp-0")}\n`);
  });

  afterEach(async context => {
    if (context.task.result?.state === "fail") process.stdout.write(`${await journal("lab-cp-0")}\n`);
  });

  test("up ends well, within five minutes once the tools are cached", () => {
    expect(first.code, first.output.slice(-4000)).toBe(0);
    const phases = /^ +([\d.]+) s {2}all$/m.exec(first.output);
    figure("up, seconds", phases?.[1] ?? first.seconds);
    process.stdout.write(
      `${first.output
        .split("\n")
        .filter(line => /^ +[\d.]+ s /.test(line))
        .join("\n")}\n`,
    );
    const pulumi = /^ +([\d.]+) s {2}pulumi up/m.exec(first.output);
    expect(Number(pulumi?.[1])).toBeLessThan(300);
  });

  test("three nodes are Ready, etcd is three of three, everybody announces the VIP", async () => {
    const now = await statusNow();
    expect(whole(3)(now), JSON.stringify(now)).toBe(true);
    expect(now.nodes.every(node => node.version === "v1.34.3" && node.role === "control-plane")).toBe(true);
  });

  test("both switches hold an established session with every machine", async () => {
    const { sessions } = await statusNow();
    expect(sessions.filter(s => s.established)).toHaveLength(6);
  });

  test("a second up changes nothing, within a minute", async () => {
    const again = await rackplane("up");
    expect(again.code, again.output).toBe(0);
    expect(again.output).toMatch(/^ +\d+ unchanged$/m);
    expect(again.output).not.toMatch(/^ +[~+-]/m);
    expect(again.seconds).toBeLessThan(60);
    figure("second up, seconds", again.seconds);
  });

  test("a refresh finds no drift", async () => {
    const refresh = await rackplane("pulumi", "refresh", "--yes", "--expect-no-changes", "--skip-preview");
    expect(refresh.code, refresh.output).toBe(0);
  });
});
