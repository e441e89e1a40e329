import { z } from "zod";
import { expecting, whole } from "./values/forms";

/** By which a person asks for machines to be replaced, one after the other, in the next `pulumi up`. */
export interface GenerationArgs {
  /**
   * The generation of every control-plane machine and worker, 0 to 1000000. A higher number than before has each
   * replaced: a machine over SSH leaves the cluster and joins anew under its name; a rented one gives way to a new device,
   * which is called `<name>-g<generation>`. It is never lowered.
   * @default 0
   * @example 1
   */
  generation?: number;
  /**
   * The same of single machines by their names, a rented one's without `-g<generation>`. A machine's generation is the
   * higher one of the two.
   * @default {}
   * @example { "prod-cp-1": 1 }
   */
  generations?: Record<string, number>;
}

/** The machine refuses a higher one (node/grant/receive/shape.sh). */
const HIGHEST = 1_000_000;
const number = () => whole("a whole number", 0, HIGHEST);

export const GENERATION_FIELDS = {
  generation: number().default(0),
  generations: z
    .record(z.string(), number(), expecting('an object of machine to whole number, such as {"prod-cp-1": 1}'))
    .default({}),
};

/** The complete form of {@link GenerationArgs}. */
export interface GenerationSpec {
  readonly generation: number;
  readonly generations: Readonly<Record<string, number>>;
}

/** The generation of the machine that has this name at generation 0. */
export const generationOf = ({ generation, generations }: GenerationSpec, name: string): number =>
  Math.max(generation, generations[name] ?? 0);

/** Behind the name of a rented machine: another generation is another machine, beside the one before it. */
export const generationSuffix = (generation: number): string => (generation === 0 ? "" : `-g${generation}`);

/** Host name and Node name of a rented machine that has this name at generation 0. */
export const rentedName = (spec: GenerationSpec, name: string): string =>
  `${name}${generationSuffix(generationOf(spec, name))}`;
