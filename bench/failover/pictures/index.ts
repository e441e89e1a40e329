import * as fs from "node:fs";
import * as path from "node:path";
import { grouped } from "../medians";
import type { Report } from "../record";
import { nameOf, page } from "./page";
import { pngOf, svgOf } from "./render";
import { summary } from "./summary";
import { timeline } from "./timeline";

/**
 * Draws a report: a time line of each run and a summary, as SVG and PNG, and `index.html`, which gathers them.
 *
 * @param folder made where it is missing; files of the same names are overwritten
 * @returns the files' paths, the page last
 */
export async function writePictures(report: Report, folder: string): Promise<string[]> {
  fs.mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  const put = (name: string, content: string | Buffer) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content);
    written.push(file);
  };
  const draw = async (name: string, svg: string) => {
    put(`${name}.svg`, svg);
    put(`${name}.png`, pngOf(svg));
  };
  await draw("summary", await svgOf(summary(grouped(report.runs)), "Outage by fault and kind"));
  for (const run of report.runs)
    await draw(nameOf(run), await svgOf(timeline(run), `Time line of ${run.fault} at ${run.kind}`));
  put("index.html", page(report));
  return written;
}
