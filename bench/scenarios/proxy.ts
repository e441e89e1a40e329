import execa from "execa";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { NETNS, SERVICES } from "../../rack/topology";

const PORT = 3128;

/** Where machines find it. */
export const PROXY_URL = `http://${SERVICES.address}:${PORT}`;

/** Runs `act` while an HTTP proxy stands beside the mirrors; `asked` grows by every host and port that it reaches. */
export async function withProxy<T>(act: (asked: ReadonlySet<string>) => Promise<T>): Promise<T> {
  const child = execa(
    "ip",
    [
      ...["netns", "exec", NETNS.services],
      process.execPath,
      ...["--require", require.resolve("tsx/cjs")],
      ...[path.join(__dirname, "../proxy/main.ts"), SERVICES.address, String(PORT)],
    ],
    { stdin: "ignore", stderr: "inherit", reject: false },
  );
  const asked = new Set<string>();
  try {
    await listening(child, asked);
    return await act(asked);
  } finally {
    child.kill("SIGKILL");
    await child;
  }
}

function listening(child: execa.ExecaChildProcess, asked: Set<string>): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error("proxy: found no standard output, expected a pipe"));
    createInterface({ input: child.stdout }).on("line", line => {
      const value = JSON.parse(line) as { asked?: string };
      if (value.asked === undefined) resolve();
      else asked.add(value.asked);
    });
    void child.then(({ exitCode }) => reject(new Error(`proxy: it ended with ${exitCode}, expected it to listen`)));
  });
}
