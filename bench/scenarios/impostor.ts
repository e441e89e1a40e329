import execa from "execa";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { rootfsPath } from "../../rack/machines/rootfs";
import { DEFAULT_SYSTEM } from "../../rack/machines/systems";
import { nft } from "../../rack/network/nft";
import { NETNS, OPS } from "../../rack/topology";
import type { Heard } from "../impostor/server";

/** The impostor as a test sees it. */
export interface InTheWay {
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** Everything that was sent to it so far. */
  readonly heard: readonly Heard[];
}

const PORT = 2222;
const TABLE = "ip rackplane_impostor";
const ROOTFS = rootfsPath(DEFAULT_SYSTEM);

/** In the router, between the operator and a machine: connections to the machine's sshd go elsewhere. Pure. */
export const divertRules = (address: string): string =>
  [
    `table ${TABLE} {`,
    "  chain from-operator {",
    "    type nat hook prerouting priority -100; policy accept;",
    `    iifname "ops" ip daddr ${address} tcp dport 22 dnat to ${OPS.gateway}:${PORT}`,
    "  }",
    "}",
    "",
  ].join("\n");

/**
 * Runs `act` while another SSH server, in the router, answers the operator in the place of the machine at an address.
 * Everything else of the machine goes its usual way: its boot, its metadata, its events.
 */
export async function withImpostor<T>(address: string, act: (impostor: InTheWay) => Promise<T>): Promise<T> {
  const child = execa(
    "ip",
    [
      ...["netns", "exec", NETNS.router],
      process.execPath,
      ...["--require", require.resolve("tsx/cjs")],
      ...[path.join(__dirname, "../impostor/main.ts"), OPS.gateway, String(PORT)],
    ],
    { stdin: "ignore", stderr: "inherit", reject: false },
  );
  const heard: Heard[] = [];
  try {
    const hostKey = await listening(child, heard);
    await nft(divertRules(address), ROOTFS);
    return await act({ hostKey, heard });
  } finally {
    // Adding it first makes its deletion right also when the rules were refused.
    await nft(`table ${TABLE}\ndelete table ${TABLE}\n`, ROOTFS);
    child.kill("SIGKILL");
    await child;
  }
}

/** Its host key, once it listens; from then on `heard` grows. */
function listening(child: execa.ExecaChildProcess, heard: Heard[]): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error("impostor: found no standard output, expected a pipe"));
    createInterface({ input: child.stdout }).on("line", line => {
      const value = JSON.parse(line) as Heard | { hostKey: string };
      if ("hostKey" in value) resolve(value.hostKey);
      else heard.push(value);
    });
    void child.then(({ exitCode }) => reject(new Error(`impostor: it ended with ${exitCode}, expected it to listen`)));
  });
}
