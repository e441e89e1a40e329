import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { KindFigures } from "./table";

/** Names the file in which suites leave their figures for the table that the whole run ends with. */
const VARIABLE = "RACKPLANE_KIND_FIGURES";

/** Lets the suites that this process starts leave figures; `end` returns them and takes the file away. */
export function gatheringKindFigures(): { readonly end: () => KindFigures[] } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-figures-"));
  const file = path.join(folder, "kinds.jsonl");
  process.env[VARIABLE] = file;
  return {
    end: () => {
      const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
      fs.rmSync(folder, { recursive: true });
      return lines.map(line => JSON.parse(line) as KindFigures);
    },
  };
}

/** Leaves the figures of one kind; without a run that gathers them it does nothing. */
export function leaveKindFigures(figures: KindFigures): void {
  const file = process.env[VARIABLE];
  if (file !== undefined) fs.appendFileSync(file, `${JSON.stringify(figures)}\n`);
}
