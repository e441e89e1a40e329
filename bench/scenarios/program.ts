import execa from "execa";
import * as path from "node:path";
import { createInterface } from "node:readline";

/** A program of this repository that listens while a scenario runs. */
export interface Listening {
  /** The namespace that it runs in. */
  readonly namespace: string;
  /** Its file, from `bench/`. */
  readonly file: string;
  readonly words: readonly string[];
}

/**
 * Runs `act` while the program listens, and ends the program. Each line of its standard output is JSON: `read` takes it,
 * and returns what the program says once it listens; of any other line it returns nothing.
 */
export async function whileListening<Start, T>(
  { namespace, file, words }: Listening,
  read: (line: unknown) => Start | undefined,
  act: (start: Start) => Promise<T>,
): Promise<T> {
  const child = execa(
    "ip",
    [
      ...["netns", "exec", namespace],
      process.execPath,
      ...["--require", require.resolve("tsx/cjs")],
      ...[path.join(__dirname, "..", file), ...words],
    ],
    { stdin: "ignore", stderr: "inherit", reject: false },
  );
  try {
    const start = await new Promise<Start>((resolve, reject) => {
      if (child.stdout === null) return reject(new Error(`${file}: found no standard output, expected a pipe`));
      createInterface({ input: child.stdout }).on("line", line => {
        const found = read(JSON.parse(line));
        if (found !== undefined) resolve(found);
      });
      void child.then(({ exitCode }) => reject(new Error(`${file}: it ended with ${exitCode}, expected it to listen`)));
    });
    return await act(start);
  } finally {
    child.kill("SIGKILL");
    await child;
  }
}
