import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { Cluster } from "../../components";
import { readClusterArgs } from "../../components/config/read";
import { REPOSITORY } from "../../rack/cli/paths";
import { completeForPreview } from "../../rack/cli/preview";
import { readStackFile, stackNames } from "../../rack/cli/stack-file";
import { answerTo } from "./canned/answers";
import { outputsOf } from "./canned/device-outputs";
import { PUBLIC_KEY } from "./keys";

/** Bytes of what one kind of rented machine boots with. */
export interface UserDataFigure {
  /** The stack file, from the repository's root. */
  readonly stack: string;
  /** `control-plane`, or a pool's name. */
  readonly machines: string;
  readonly bytes: number;
  /** What the platform takes. */
  readonly platformLimit: number;
}

/** Equinix Metal's limit; machines are rented from no other platform. */
const PLATFORM_LIMIT = 64 * 1024;

const FOLDERS = ["examples", "rack/stacks"];

/**
 * The figures of every stack of the examples and the rack that rents machines; machines that exist have no user data.
 */
export async function measureUserData(): Promise<UserDataFigure[]> {
  const figures: UserDataFigure[] = [];
  // One stack after another, because Pulumi's mocks apply to the whole process.
  for (const folder of FOLDERS) {
    const within = [path.join(REPOSITORY, folder)];
    for (const name of stackNames(within).sort()) {
      const machines = await userDataOf(name, completeForPreview(readStackFile(name, within)));
      for (const [role, text] of machines) {
        const bytes = Buffer.byteLength(text);
        figures.push({ stack: `${folder}/${name}.yaml`, machines: role, bytes, platformLimit: PLATFORM_LIMIT });
      }
    }
  }
  return figures;
}

/**
 * The user data of each kind of machine in one stack, taken from the program while it runs against an engine that only
 * listens.
 */
async function userDataOf(stack: string, text: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, id, inputs: given }) {
        const inputs = given as Record<string, unknown>;
        if (type === DEVICE) found.set(roleOf(name, stack), String(inputs.userData));
        const answered = type.startsWith("command:") ? { stdout: answerTo(name), stderr: "" } : outputsOf(type, name);
        return { id: id || name, state: { ...inputs, ...answered } };
      },
      call: () => ({ bgpNeighbors: [NEIGHBOUR] }),
    },
    "rackplane",
    stack,
    true,
  );
  // Pulumi's mocks do not know resource hooks.
  const listening = {
    registerResourceHook: (_: unknown, reply: (error: null, answer: object) => void) => reply(null, {}),
  };
  Object.assign(pulumi.runtime.getMonitor() ?? {}, listening);
  pulumi.runtime.setAllConfig({ "equinix-metal:authToken": "canned" });
  new Cluster(stack, readClusterArgs(configOf(text)));
  await pulumi.runtime.disconnect();
  return found;
}

const DEVICE = "equinix-metal:index/device:Device";
const NEIGHBOUR = {
  addressFamily: 4,
  customerAs: 65000,
  customerIp: "192.0.2.10",
  md5Enabled: false,
  multihop: true,
  peerAs: 65530,
  peerIps: ["169.254.255.1", "169.254.255.2"],
  routesIns: [],
  routesOuts: [],
};

/** In the stack `rack`, `rack-cp-0` belongs to the control plane and `rack-general-1` to the pool `general`. */
function roleOf(resource: string, stack: string): string {
  const role = resource.slice(stack.length + 1).replace(/-\d+$/, "");
  return role === "cp" ? "control-plane" : role;
}

/**
 * The stack file's values as the engine hands them to the program. The rack's own keys may not exist yet, and any key
 * will do.
 */
function configOf(text: string): Record<string, string> {
  const { config } = parse(text) as { config: Record<string, unknown> };
  const keyed = { ...config, "rackplane:ssh": { publicKey: PUBLIC_KEY } };
  return Object.fromEntries(
    Object.entries(keyed).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/**
 * Every stack should stay within this, so that a platform with a smaller limit than today's is no surprise (this is
 * Amazon EC2's limit).
 */
export const USER_DATA_WANTED = 16 * 1024;

export const describeUserData = (figures: readonly UserDataFigure[]): string =>
  [
    ["bytes", "limit", "machines"],
    ...figures.map(({ stack, machines, bytes, platformLimit }) => [
      String(bytes),
      String(platformLimit),
      `${stack}, ${machines}`,
    ]),
  ]
    .map(([bytes = "", limit = "", who = ""]) => `${bytes.padStart(7)}  ${limit.padStart(7)}  ${who}`)
    .join("\n");
