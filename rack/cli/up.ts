import * as fs from "node:fs";
import { daemonAnswers, rackState, s3Store } from "../daemon/client";
import { startDaemon } from "../daemon/launch";
import { makeCertificates, makeOperatorKey } from "../setup/certificates";
import { checkHost } from "../setup/host/check";
import { installPackages } from "../setup/packages";
import { buildDisks, buildMirrors, buildRootFileSystems, refuseOlderThanDisks } from "../setup/prepare";
import { installTools } from "../setup/tools";
import { furtherImages, kubernetesTools } from "../mirrors";
import { createNamespaces } from "../network/namespaces";
import { patience } from "../patience";
import { makeBareMachines } from "./bare";
import { announcersExpected } from "./endpoint";
import { clearStaleLock } from "./lock";
import { refuseMistakes } from "./mistakes";
import { keepOperatorFiles, type StackOutputs } from "./operator";
import { Phases } from "./phases";
import { pulumi, pulumiOutput, selectStack } from "./pulumi";
import { DEFAULT_PULUMI_TOOL, pulumiTool } from "./pulumi-program";
import { readStackFile } from "./stack-file";
import { describe, status, type Status } from "./status";

/**
 * Brings the rack and a stack's control plane up; run again it changes nothing.
 *
 * @throws Error when the rack cannot be built or `pulumi up` fails; what is up stays up for a look.
 */
export async function up(stack: string): Promise<void> {
  const file = readStackFile(stack);
  refuseMistakes(stack, file);
  refuseOlderThanDisks(file.kubernetesVersion);
  const phases = new Phases();
  await phases.phase("host", checkHost);
  await phases.phase("Debian packages", installPackages);
  const further = furtherImages(file.images);
  // The one waits for processors, the other mostly for the package mirror.
  await Promise.all([
    phases.phase("tools", async say => {
      await installTools(say);
      for (const { tool } of further) await installTools(say, [tool]);
      for (const version of file.kubernetesVersions) await installTools(say, kubernetesTools(version));
      if (file.s3.length > 0) await installTools(say, ["versitygw"]);
      if (pulumiTool() !== DEFAULT_PULUMI_TOOL) await installTools(say, [pulumiTool()]);
    }),
    phases.phase("machine image", say => buildRootFileSystems(file.systems, say)),
  ]);
  await phases.phase("image and package mirrors", say =>
    buildMirrors(say, { further: further.map(({ image }) => image), versions: file.kubernetesVersions }),
  );
  await phases.phase("machines' disks", say => buildDisks(file.systems, say));
  await phases.phase("rack", startRack);
  if (file.s3.length > 0) await phases.phase("store for backups", s3Store);
  if (file.hosts.length > 0) await phases.phase("machines that exist", say => makeBareMachines(stack, file, say));
  await phases.phase(`pulumi up, stack ${stack}`, async () => {
    await selectStack(stack);
    await clearStaleLock(stack);
    const code = await pulumi(stack, ["up", "--yes", "--skip-preview"]);
    if (code !== 0)
      throw new Error(
        `pulumi up on stack ${stack} ended with status ${code}; the lines above name the step and the machine. Mend it and run ./rackplane up again: it goes on from there`,
      );
  });
  await phases.phase("report", async () => {
    const outputs = await pulumiOutput(stack, ["stack", "output", "--json", "--show-secrets"]);
    keepOperatorFiles(stack, JSON.parse(outputs) as StackOutputs);
    process.stdout.write(`${describe(await settled(file.network !== "none"))}\n`);
  });
  process.stdout.write(`${phases.report()}\n\n${HOW_TO_GO_ON}\n`);
}

/** Seconds for the last node to be Ready after its pod network is up; it takes two or three. */
const SETTLE_SECONDS = 60;

/** The status once every node is Ready, where `up` brings a pod network, and announces, or as it is when that takes too long. */
async function settled(connected: boolean): Promise<Status> {
  const deadline = Date.now() + SETTLE_SECONDS * patience() * 1000;
  for (;;) {
    const now = await status();
    const ready =
      now.nodes.length > 0 &&
      now.nodes.every(node => node.ready || !connected) &&
      now.endpoint !== null &&
      now.endpoint.announcers.length ===
        announcersExpected(now.endpoint.kind, now.nodes.filter(node => node.role === "control-plane").length);
    if (ready || Date.now() > deadline) return now;
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}

const HOW_TO_GO_ON = [
  "use it    ./rackplane kubectl get pods -A",
  "break it  ./rackplane fail power-off MACHINE; ./rackplane status; ./rackplane heal power-off MACHINE",
  "end it    ./rackplane down",
].join("\n");

/** Starts the daemon with all that it needs, unless it is there. What it serves is built by then. */
export async function startRack(say: (line: string) => void): Promise<void> {
  if (await daemonAnswers()) {
    say(`up already, ${(await rackState()).machines.length} machines`);
    return;
  }
  fs.rmSync("/var/lib/rackplane-rack/control.sock", { force: true });
  await makeCertificates();
  await makeOperatorKey();
  await createNamespaces();
  await startDaemon();
  say("Metal API, metadata service, two switches, package and image mirrors are up");
}
