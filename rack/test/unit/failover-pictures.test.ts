import fc from "fast-check";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { writePictures } from "../../../bench/failover/pictures";
import { ANSWERS, kindOfAnswer } from "../../../bench/failover/pictures/colours";
import { page } from "../../../bench/failover/pictures/page";
import { escaped } from "../../../bench/failover/pictures/render";
import { endOf, marksOf, spansOf } from "../../../bench/failover/pictures/timeline";
import type { Seen } from "../../../bench/failover/record";
import { report, run } from "./failover-runs";

/** The holder dies at second 4, another one has the VIP from 5.5 on. */
const seen: Seen[] = Array.from({ length: 40 }, (_, n) => n / 2).map(at => ({
  at,
  announcers: at < 4 ? ["bgp-cp-0", "bgp-cp-1"] : at < 5.5 ? [] : ["bgp-cp-1"],
  ...(at < 4 ? { leader: "bgp-cp-0" } : at < 6 ? {} : { leader: "bgp-cp-2" }),
  sessions: at < 4 ? 6 : 4,
}));

describe("a time line", () => {
  it("has stretches from look to look, the last one to the end", () => {
    expect(spansOf(seen, ({ announcers }) => announcers, 20)).toEqual([
      { lane: "bgp-cp-0", from: 0, to: 4 },
      { lane: "bgp-cp-1", from: 0, to: 4 },
      { lane: "bgp-cp-1", from: 5.5, to: 20 },
    ]);
    expect(spansOf([], () => ["x"], 20)).toEqual([]);
  });
  it("marks what there was", () => {
    expect(marksOf(run()).map(({ what }) => what)).toEqual(["fault", "healed", "whole"]);
    expect(marksOf(run({ healedAt: undefined, wholeAt: undefined }))).toEqual([{ at: 4, what: "fault" }]);
    expect(endOf(run())).toBeCloseTo(19.95);
  });
  it("tells every answer by one of few kinds, each of its own colour", () => {
    expect(["ok", "timeout", "ECONNREFUSED", "ECONNRESET", "http 503"].map(kindOfAnswer)).toEqual(
      ANSWERS.map(({ kind }) => kind),
    );
    expect(new Set(ANSWERS.map(({ colour }) => colour)).size).toBe(ANSWERS.length);
  });
});

describe("the page", () => {
  it("has the figures of the table, and nothing of another host", () => {
    const text = page(report([run({ seen }), run({ fault: "reboot", number: 2 })]));
    expect(text).toContain('<th scope="row">bgp</th><th scope="row">power-off</th><td>1</td><td>1.45</td>');
    expect(text).toContain('src="bgp-reboot-2.svg"');
    expect(text).not.toMatch(/https?:|<script/);
  });
  it("lets no text of a report become markup", () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const told = escaped(text);
        expect(told).not.toMatch(/[<>"']/);
        expect(told.replace(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
      }),
    );
    const text = page(report([run({ kind: "<b>", victims: ['"><script>'] })]));
    expect(text).not.toMatch(/<b>|<script/);
  });
});

it("draws every run and a summary as SVG and PNG, with words for who does not see them", async () => {
  const folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "failover-")), "pictures");
  const files = await writePictures(report([run({ seen }), run({ fault: "reboot", seen })]), folder);
  expect(files.map(file => path.relative(folder, file))).toEqual([
    "summary.svg",
    "summary.png",
    "bgp-power-off-1.svg",
    "bgp-power-off-1.png",
    "bgp-reboot-1.svg",
    "bgp-reboot-1.png",
    "index.html",
  ]);
  const svg = fs.readFileSync(path.join(folder, "bgp-power-off-1.svg"), "utf8");
  expect(svg).toMatch(/^<svg role="img" aria-label="Time line of power-off at bgp" /);
  for (const word of ["new connections", "leads etcd", "bgp-cp-2", "healed"]) expect(svg).toContain(word);
  // A PNG's size stands behind its signature (W3C, Portable Network Graphics, 11.2.2).
  const png = fs.readFileSync(path.join(folder, "bgp-power-off-1.png"));
  expect(png.readUInt32BE(16)).toBeGreaterThan(2000);
});
