import { onMachine } from "../../rack/cli/operator";

/** The arguments with which a program runs on a machine, as its process has them. */
export const argumentsOn = async (machine: string, program: string): Promise<string[]> =>
  (await onMachine(machine, [`tr '\\0' '\\n' </proc/$(pidof ${program})/cmdline`])).trim().split("\n");
