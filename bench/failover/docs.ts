import * as fs from "node:fs";
import * as path from "node:path";
import * as prettier from "prettier";
import { REPOSITORY } from "../../rack/cli/paths";
import type { Report } from "./record";
import { rows, type Goals } from "./table";

export const PAGE = path.join(REPOSITORY, "docs/failover.md");
const BEGIN = "<!-- figures: written by ./rackplane bench failover --docs -->";
const END = "<!-- figures: end -->";

/** Writes a report's figures into the page. @throws Error when the page has no place for them */
export async function writeDocs(report: Report, goals: Goals, file = PAGE): Promise<void> {
  const text = withFigures(fs.readFileSync(file, "utf8"), figuresSection(report, goals));
  const options = (await prettier.resolveConfig(file)) ?? {};
  fs.writeFileSync(file, await prettier.format(text, { ...options, filepath: file }));
}

/** The page with what stands between its two marks exchanged. Pure. @throws Error when a mark is missing */
export function withFigures(page: string, section: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`docs/failover.md: found no "${BEGIN}" with "${END}" after it, expected the place of the figures`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${page.slice(end)}`;
}

/** The machine, the command, and the table. Pure. */
export function figuresSection({ at, command, commit, host, runs }: Report, goals: Goals): string {
  const [head = [], ...body] = rows(runs, goals);
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `Measured on ${at.slice(0, 10)} at commit \`${commit}\` on ${host.cores} cores (${host.model}), ${host.memoryGiB} GiB, Linux ${host.kernel}, by`,
    "",
    "```console",
    `$ ${command}`,
    "```",
    "",
    "Seconds; with several runs the median, and in brackets the maximum. A goal is for the median.",
    "",
    line(head),
    line(head.map(() => "---")),
    ...body.map(line),
  ].join("\n");
}
