import { makeBareMachines } from "../../cli/bare";
import { readStackFile } from "../../cli/stack-file";
import { startRack } from "../../cli/up";

/** The rack and the one machine of the stack `rack-one`, as `up` makes them before `pulumi` does anything. */
const STACK = "rack-one";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  await startRack(say);
  await makeBareMachines(STACK, readStackFile(STACK), say);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
