import type { TopLevelSpec } from "vega-lite";
import type { PositionFieldDef } from "vega-lite/build/src/channeldef";
import { goalOf } from "../goals";
import type { Group } from "../medians";
import { COLOURS } from "./colours";
import { FONT } from "./timeline";

/** Seconds below which outages are drawn linearly, so that 0 has a place beside 0.05 and 30. */
const LINEAR = 0.1;

/** Outages: a line of the picture for each fault at each kind, faults together. Pure. */
export function summary(groups: readonly Group[]): TopLevelSpec {
  const faults = [...new Set(groups.map(({ fault }) => fault))];
  const values = faults.flatMap(fault =>
    groups
      .filter(group => group.fault === fault)
      .map(({ kind, median, worst }) => ({
        line: `${fault} · ${kind}`,
        median: median.outageSeconds ?? 0,
        worst: worst.outageSeconds ?? 0,
        goal: goalOf(kind, fault) ?? null,
      })),
  );
  const x: PositionFieldDef<string> = {
    type: "quantitative",
    scale: { type: "symlog", constant: LINEAR, domain: [0, Math.max(1, ...values.map(({ worst }) => worst))] },
    axis: { title: "seconds: median (point), largest (end of the line), goal (upright)", values: TICKS, format: "~g" },
  };
  const y: PositionFieldDef<string> = {
    field: "line",
    type: "nominal",
    sort: values.map(({ line }) => line),
    axis: { title: null, labelLimit: 320, grid: true, tickBand: "extent" },
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    background: "white",
    padding: 12,
    title: {
      text: "How long nobody can reach the API",
      subtitle: "longest outage of new connections, 20 a second",
      anchor: "start",
      fontSize: 16,
    },
    data: { values },
    width: 640,
    height: { step: 20 },
    layer: [
      {
        mark: { type: "rule", color: COLOURS.announcer, strokeWidth: 2 },
        encoding: { x: { ...x, field: "median" }, x2: { field: "worst" }, y },
      },
      {
        mark: { type: "point", filled: true, size: 70, color: COLOURS.announcer, opacity: 1 },
        encoding: { x: { ...x, field: "median" }, y },
      },
      {
        transform: [{ filter: "datum.goal !== null" }],
        mark: { type: "tick", color: COLOURS.goal, thickness: 2, size: 15, opacity: 1 },
        encoding: { x: { ...x, field: "goal" }, y },
      },
    ],
    config: { font: FONT, view: { stroke: "#dddddd" }, axis: { gridColor: "#eeeeee" } },
  };
}

const TICKS = [0, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120];
