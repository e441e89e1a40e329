import { Resvg } from "@resvg/resvg-js";
import * as path from "node:path";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { FONT } from "./timeline";

const TTF = path.join(path.dirname(require.resolve("dejavu-fonts-ttf/package.json")), "ttf");
const FILES = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map(file => path.join(TTF, file));

/** The picture as SVG, with words for who does not see it. */
export async function svgOf(spec: TopLevelSpec, described: string): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace(/^<svg /, `<svg role="img" aria-label="${escaped(described)}" `);
}

/** The same in pixels, twice as many as its units, for papers and slides. */
export const pngOf = (svg: string): Buffer =>
  new Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    font: { fontFiles: FILES, loadSystemFonts: false, defaultFontFamily: FONT },
  })
    .render()
    .asPng();

/** Text that stands for itself in HTML and SVG, in attributes, too. Pure. */
export const escaped = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    character => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[character] ?? character,
  );
