import execa from "execa";

/** A command that failed, with the end of what it said. */
export class CommandFailed extends Error {}

/**
 * Runs a program to its end and returns its standard output.
 *
 * @throws CommandFailed naming the program, its exit status and its last twenty lines.
 */
export async function run(file: string, args: readonly string[] = [], options: execa.Options = {}): Promise<string> {
  try {
    const { stdout } = await execa(file, [...args], { stdin: "ignore", all: true, ...options });
    return stdout;
  } catch (error) {
    const failed = error as execa.ExecaError;
    const words = (failed.all ?? failed.stderr ?? "").split("\n").slice(-20).join("\n");
    throw new CommandFailed(`${failed.shortMessage ?? failed.message}\n${words}`.trim());
  }
}
