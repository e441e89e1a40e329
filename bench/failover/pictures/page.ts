import type { Report, Run } from "../record";
import { failoverRows } from "../table";
import { escaped } from "./render";

/** A run's picture, by the name of its files without their ending. */
export const nameOf = ({ kind, fault, number }: Run): string => `${kind}-${fault}-${number}`;

/**
 * One page with all pictures, which lie beside it. It asks nobody else for anything and needs no script. Pure.
 */
export function page(report: Report): string {
  const { host, command, commit, at, runs } = report;
  const [head = [], ...rows] = failoverRows(runs);
  const cell = (text: string, i: number) =>
    i < 2 ? `<th scope="row">${escaped(text)}</th>` : `<td>${escaped(text)}</td>`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    "<title>Fail-over</title>",
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    "<h1>How long nobody can reach the API</h1>",
    "<dl>",
    ...Object.entries({
      command,
      commit,
      at,
      machine: `${host.cores} cores, ${host.model}, ${host.memoryGiB} GiB, Linux ${host.kernel}`,
    }).map(([word, text]) => `<dt>${escaped(word)}</dt><dd>${escaped(text)}</dd>`),
    "</dl>",
    '<img src="summary.svg" alt="Outage by fault and kind, with medians, largest values and goals; the table below says the same">',
    '<div class="wide"><table>',
    "<caption>Seconds: medians, in brackets the largest</caption>",
    `<thead><tr>${head.map(text => `<th scope="col">${escaped(text)}</th>`).join("")}</tr></thead>`,
    "<tbody>",
    ...rows.map(row => `<tr>${row.map(cell).join("")}</tr>`),
    "</tbody></table></div>",
    "<h2>Runs</h2>",
    ...runs.flatMap(run => [
      "<details>",
      `<summary>${escaped(`${run.kind}, ${run.fault} of ${run.victims.join(", ")}, run ${run.number}: ${run.figures.outageSeconds.toFixed(2)} s`)}</summary>`,
      `<p>Began ${escaped(run.at)}; <a href="${escaped(nameOf(run))}.png">as PNG</a></p>`,
      `<img loading="lazy" src="${escaped(nameOf(run))}.svg" alt="Time line of ${escaped(run.fault)} at ${escaped(run.kind)}">`,
      "</details>",
    ]),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

const STYLE =
  "body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#111;background:#fff}" +
  "img{max-width:100%;height:auto}.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}" +
  "caption{text-align:left;font-weight:bold}th,td{padding:.25rem .75rem;border-bottom:1px solid #ddd;text-align:left;white-space:nowrap}" +
  "dt{float:left;clear:left;width:6rem;font-weight:bold}dd{margin-left:6.5rem}summary{cursor:pointer;padding:.25rem 0}";
