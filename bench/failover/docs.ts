import * as fs from "node:fs";
import * as path from "node:path";
import { format, resolveConfig } from "prettier";
import { REPOSITORY } from "../../rack/cli/paths";
import { grouped } from "./medians";
import { pngOf, svgOf } from "./pictures/render";
import { summary } from "./pictures/summary";
import type { Report } from "./record";
import { failoverMarkdown } from "./table";

const PAGE = path.join(REPOSITORY, "docs/failover.md");
const BEGIN = "<!-- figures: written by `./rackplane bench failover --docs` -->";
const END = "<!-- end of figures -->";

/** The page with these figures in the place of the ones before. Pure. @throws Error where the page has no place for them */
export function withFigures(text: string, { command, commit, at, host, runs }: Report): string {
  const [before, rest] = text.split(`${BEGIN}\n`);
  const after = rest?.split(`${END}\n`)[1];
  if (before === undefined || after === undefined)
    throw new Error(
      `docs/failover.md: found no place for figures, expected a line "${BEGIN}" and one "${END}" after it`,
    );
  return [
    `${before}${BEGIN}`,
    "",
    `\`${command}\` on ${at.slice(0, 10)}, commit ${commit.slice(0, 12)}: ${host.cores} cores of ${host.model}, ${host.memoryGiB} GiB, Linux ${host.kernel}.`,
    "",
    "![Outage by fault and kind](failover.svg)",
    "",
    failoverMarkdown(runs),
    "",
    `${END}\n${after}`,
  ].join("\n");
}

/** Writes the figures and the summary's picture into docs/. */
export async function writeDocs(report: Report): Promise<void> {
  const text = withFigures(fs.readFileSync(PAGE, "utf8"), report);
  fs.writeFileSync(PAGE, await format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
  const svg = await svgOf(summary(grouped(report.runs)), "Outage by fault and kind");
  fs.writeFileSync(path.join(REPOSITORY, "docs/failover.svg"), svg);
  fs.writeFileSync(path.join(REPOSITORY, "docs/failover.png"), pngOf(svg));
}
