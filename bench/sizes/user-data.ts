import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../components";
import { USER_DATA_LIMIT } from "../../components/machines/equinix-metal/devices";
import { readClusterArgs } from "../../components/config/read";
import { REPOSITORY } from "../../rack/cli/paths";
import { completeForPreview } from "../../rack/cli/preview";
import { programConfig, readStackFile, stackNames } from "../../rack/cli/stack-file";
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

const FOLDERS = ["examples", "rack/stacks"];

/** Of every stack of the examples and the rack that rents machines; those of machines that exist have none. */
export async function measureUserData(): Promise<UserDataFigure[]> {
  const figures: UserDataFigure[] = [];
  // One after the other: Pulumi's mocks are the whole process's.
  for (const folder of FOLDERS) {
    const within = [path.join(REPOSITORY, folder)];
    for (const name of stackNames(within).sort()) {
      const machines = await userDataOf(name, completeForPreview(readStackFile(name, within)));
      for (const [role, text] of machines) {
        const bytes = Buffer.byteLength(text);
        figures.push({ stack: `${folder}/${name}.yaml`, machines: role, bytes, platformLimit: USER_DATA_LIMIT });
      }
    }
  }
  return figures;
}

/** The user data of each kind of machine in one stack: the program says it while it is run against an engine that only listens. */
async function userDataOf(stack: string, text: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, id, inputs: given }) {
        const inputs = given as Record<string, unknown>;
        if (type === DEVICE) found.set(roleOf(name, stack), String(inputs.userData));
        const answered = type.startsWith("command:")
          ? { stdout: answerTo(name, JSON.stringify(inputs.stdin)), stderr: "" }
          : outputsOf(type, name);
        return { id: id || name, state: { ...inputs, ...answered } };
      },
      call: () => ({ bgpNeighbors: [NEIGHBOUR] }),
    },
    "rackplane",
    stack,
    true,
  );
  // Pulumi's mocks know no hooks.
  const listening = {
    registerResourceHook: (_: unknown, reply: (error: null, answer: object) => void) => reply(null, {}),
  };
  Object.assign(pulumi.runtime.getMonitor() ?? {}, listening);
  pulumi.runtime.setAllConfig({ "equinix-metal:authToken": "canned" });
  // Keys of this rack may not be there yet, and any do.
  const ssh = JSON.stringify({ publicKey: PUBLIC_KEY });
  new Cluster(stack, readClusterArgs({ ...programConfig(text), "rackplane:ssh": ssh }));
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

/** `rack-cp-0` of the stack `rack` is of its control plane, `rack-general-1` of the pool `general`. */
function roleOf(resource: string, stack: string): string {
  const role = resource.slice(stack.length + 1).replace(/-\d+$/, "");
  return role === "cp" ? "control-plane" : role;
}

/** Wanted of every stack, so that a platform with a smaller limit than today's is no surprise (Amazon EC2's is this one). */
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
