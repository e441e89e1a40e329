import { pulumiTool } from "../../rack/cli/pulumi-program";
import { installTools } from "../../rack/setup/tools";
import { describePreview, measurePreview } from "./preview";
import { describeState, measureState, STATE_CASES } from "./state";
import { describeUserData, measureUserData } from "./user-data";
import type { Measure } from "./measures";

const FIGURES: Readonly<Record<Measure, () => AsyncGenerator<string>>> = {
  async *state() {
    for (const machines of STATE_CASES) yield describeState(await measureState(machines));
  },
  async *preview() {
    yield describePreview(await measurePreview());
  },
  async *"user-data"() {
    yield describeUserData(await measureUserData());
  },
};

/** Prints the figures of one size, each as soon as it is known. */
export async function measure(size: Measure): Promise<void> {
  await installTools(line => process.stderr.write(`${line}\n`), [pulumiTool()]);
  for await (const figures of FIGURES[size]()) process.stdout.write(`${figures}\n`);
}
