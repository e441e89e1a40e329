import { kubectl } from "../../rack/cli/operator";
import type { Outcome } from "../probe/outcome";
import { probingThroughout } from "../probe/probing";
import type { WriteOutcome } from "../probe/write-outcome";
import { writingThroughout } from "../probe/writing";
import { rackplane } from "../rack";
import { withStackFile } from "./stack-edit";

/** An `up` of a stack whose file names another version, and what a reader and a writer at the VIP saw of it. */
export interface Upgrade {
  readonly up: Awaited<ReturnType<typeof rackplane>>;
  readonly read: Outcome;
  readonly written: WriteOutcome;
}

/** One `up` with another `kubernetesVersion`, while the endpoint is read and written 20 times a second from outside. */
export async function upgrading(stack: string, from: string, to: string): Promise<Upgrade> {
  const edit = (text: string) =>
    text.replace(`rackplane:kubernetesVersion: ${from}`, `rackplane:kubernetesVersion: ${to}`);
  let up: Upgrade["up"] | undefined;
  let written: WriteOutcome | undefined;
  const read = await probingThroughout(async () => {
    written = await writingThroughout(async () => {
      up = await withStackFile(stack, edit, () => rackplane("up", "--stack", stack));
    });
  });
  if (up === undefined || written === undefined) throw new Error("up did not end");
  return { up, read, written };
}

/** The version that runs on each Node, by its name: of its kubelet, and of its API server where it has one. */
export async function versionsOf(): Promise<Record<string, string[]>> {
  const lines = async (...args: string[]) => (await kubectl(args)).trim().split("\n").filter(Boolean);
  const versions: Record<string, string[]> = {};
  for (const line of [
    ...(await lines(
      "get",
      "nodes",
      "-o",
      'jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion}{"\\n"}{end}',
    )),
    ...(await lines(
      "get",
      "pods",
      "-n",
      "kube-system",
      "-l",
      "component=kube-apiserver",
      "-o",
      'jsonpath={range .items[*]}{.spec.nodeName} {.spec.containers[0].image}{"\\n"}{end}',
    )),
  ]) {
    const [node = "", version = ""] = line.split(" ");
    versions[node] = [...(versions[node] ?? []), version.replace(/^.*:/, "")];
  }
  return versions;
}

/** Seconds that each machine was changed for, as the progress of `up` tells them. Pure. */
export function secondsOf(output: string): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const [, machine = "", at = ""] of output.matchAll(/(\S+) \+(\d+) s {2}(?:member health|worker worker): done/g))
    seconds[machine] = Number(at);
  return seconds;
}
