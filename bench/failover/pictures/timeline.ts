import type { TopLevelSpec } from "vega-lite";
import type { Field, PositionFieldDef } from "vega-lite/build/src/channeldef";
import type { LayerSpec, UnitSpec } from "vega-lite/build/src/spec";
import type { Run, Seen } from "../record";
import { ANSWERS, COLOURS, kindOfAnswer } from "./colours";

/** Pixels. */
const WIDTH = 900;
const LANE = 24;

type Row = LayerSpec<Field>;
type Layer = UnitSpec<Field>;

/** A stretch of time at which something was so. */
export interface Span {
  readonly lane: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The stretches in which each of what `named` names was seen, from look to look: a look says how it is until the next one.
 * Pure.
 */
export function spansOf(seen: readonly Seen[], named: (one: Seen) => readonly string[], end: number): Span[] {
  const spans: Span[] = [];
  const open = new Map<string, number>();
  for (const one of [...seen].sort((a, b) => a.at - b.at)) {
    const here = new Set(named(one));
    for (const [lane, from] of open)
      if (!here.has(lane)) {
        spans.push({ lane, from, to: one.at });
        open.delete(lane);
      }
    for (const lane of here) if (!open.has(lane)) open.set(lane, one.at);
  }
  return [...spans, ...[...open].map(([lane, from]) => ({ lane, from, to: Math.max(from, end) }))];
}

/** The last second of a run. Pure. */
export const endOf = ({ connections, watch, seen }: Run): number =>
  Math.max(0, ...connections.map(({ sentAt }) => sentAt), ...watch, ...seen.map(({ at }) => at));

/** What happened, for a person: at which second, in which word. Pure. */
export function marksOf({ injectedAt, healedAt, wholeAt }: Run): { readonly at: number; readonly what: string }[] {
  return [
    { at: injectedAt, what: "fault" },
    ...(healedAt === undefined ? [] : [{ at: healedAt, what: "healed" }]),
    ...(wholeAt === undefined ? [] : [{ at: wholeAt, what: "whole" }]),
  ];
}

/** The time line of one run. Pure. */
export function timeline(run: Run): TopLevelSpec {
  const end = endOf(run);
  const x: PositionFieldDef<string> = {
    field: "at",
    type: "quantitative",
    scale: { domain: [0, end], nice: false },
    axis: { title: null, labels: false, ticks: false, grid: true },
  };
  const last: PositionFieldDef<string> = { ...x, axis: { title: "seconds", grid: true } };
  const requests = [
    ...run.connections.map(one => ({ ...one, lane: "new connections" })),
    ...run.kept.map(one => ({ ...one, lane: "kept connections" })),
    ...run.writes.map(one => ({ ...one, lane: "writes" })),
    ...run.watch.map(sentAt => ({ sentAt, lane: "watch", answer: "ok" })),
  ].map(({ sentAt, lane, answer }) => ({ at: sentAt, lane, answer: kindOfAnswer(answer) }));
  const lanes = ["new connections", "kept connections", "writes", "watch"];
  const ruler: Layer = {
    data: { values: marksOf(run) },
    mark: { type: "rule", color: COLOURS.mark, strokeDash: [4, 3] },
    encoding: { x: { field: "at", type: "quantitative" } },
  };
  const words: Layer = {
    data: { values: marksOf(run) },
    mark: { type: "text", align: "left", baseline: "bottom", dx: 3, y: -2, fontSize: 11 },
    encoding: { x: { field: "at", type: "quantitative" }, text: { field: "what" } },
  };
  const bars = (spans: readonly Span[], colour: string, axis: PositionFieldDef<string>): Row => {
    const names = [...new Set(spans.map(({ lane }) => lane))].sort();
    return {
      width: WIDTH,
      height: Math.max(1, names.length) * LANE,
      layer: [
        {
          data: { values: spans.map(({ lane, from, to }) => ({ lane, at: from, to })) },
          mark: { type: "bar", color: colour, height: 12 },
          encoding: {
            x: axis,
            x2: { field: "to" },
            y: { field: "lane", type: "nominal", scale: { domain: names }, axis: { title: null, ...LANE_AXIS } },
          },
        },
        ruler,
      ],
    };
  };
  const sessions = run.seen.flatMap(({ at, sessions: count }) => (count === undefined ? [] : [{ at, count }]));
  const holders = spansOf(run.seen, ({ announcers }) => announcers.map(name => `VIP: ${name}`), end);
  const leaders = spansOf(run.seen, ({ leader }) => (leader === undefined ? [] : [`leads etcd: ${leader}`]), end);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    background: "white",
    padding: 12,
    title: {
      text: `${run.kind}: ${run.fault}`,
      subtitle: `of ${run.victims.join(" and ")}; outage ${run.figures.outageSeconds.toFixed(2)} s, ${run.figures.failed} of ${run.figures.requests} new connections failed`,
      anchor: "start",
      fontSize: 16,
      subtitleFontSize: 12,
    },
    spacing: 8,
    bounds: "flush",
    vconcat: [
      {
        width: WIDTH,
        height: lanes.length * LANE,
        layer: [
          {
            data: { values: requests },
            mark: { type: "tick", thickness: 1.5, size: LANE * 0.7, opacity: 1 },
            encoding: {
              x,
              y: { field: "lane", type: "nominal", scale: { domain: lanes }, axis: { title: null, ...LANE_AXIS } },
              color: {
                field: "answer",
                type: "nominal",
                scale: { domain: ANSWERS.map(({ kind }) => kind), range: ANSWERS.map(({ colour }) => colour) },
                legend: { title: null, orient: "top", symbolType: "square" },
              },
            },
          },
          ruler,
          words,
        ],
      },
      bars(holders, COLOURS.announcer, x),
      bars(leaders, COLOURS.leader, sessions.length === 0 ? last : x),
      ...(sessions.length === 0
        ? []
        : [
            {
              width: WIDTH,
              height: 3 * LANE,
              layer: [
                {
                  data: { values: sessions },
                  mark: { type: "line", interpolate: "step-after", color: COLOURS.announcer },
                  encoding: {
                    x: last,
                    y: {
                      field: "count",
                      type: "quantitative",
                      scale: { zero: true },
                      axis: { title: "BGP sessions", tickMinStep: 1, tickCount: 3, titleFontWeight: "normal" },
                    },
                  },
                },
                ruler,
              ],
            } satisfies Row,
          ]),
    ],
    config: { font: FONT, view: { stroke: "#dddddd" }, axis: { gridColor: "#eeeeee" } },
  };
}

const LANE_AXIS = { labelLimit: 170, minExtent: 170, maxExtent: 170, titleFontWeight: "normal", ticks: false } as const;

/** Of the package dejavu-fonts-ttf: pictures are the same on every machine. */
export const FONT = "DejaVu Sans";
