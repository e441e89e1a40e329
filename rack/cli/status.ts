import { rackState } from "../daemon/client";
import type { RackState } from "../daemon/state";
import { announcersOf } from "./endpoint";
import { endpointAnswers, kubectl, onMachine, operatorFiles } from "./operator";
import { readStackFile } from "./stack-file";

/** What `./rackplane status --json` prints. */
export interface Status {
  readonly machines: { name: string; state: string; address: string; faults: readonly string[] }[];
  readonly nodes: { name: string; role: string; ready: boolean; version: string }[];
  readonly endpoint: { address: string; port: number; kind: string; answers: boolean; announcers: string[] } | null;
  readonly etcd: { members: number; healthy: number; learners: number };
  /** Of the machine that speaks for etcd: whole days until the first of its certificates ends, and which one that is. */
  readonly certificates: { machine: string; days: number; first: string } | null;
  readonly sessions: { switch: string; machine: string; established: boolean }[];
}

interface NodeList {
  items: {
    metadata: { name: string; labels: Record<string, string> };
    status: { nodeInfo: { kubeletVersion: string }; conditions: { type: string; status: string }[] };
  }[];
}

/** The rack and its cluster as they are now. Parts that do not answer are shown as such, never an error. */
export async function status(): Promise<Status> {
  const rack = await rackState();
  const [nodes, endpoint, member] = await Promise.all([nodesNow(), endpointNow(rack), memberNow(rack)]);
  return {
    machines: rack.machines
      .map(({ name, state, address, faults }) => ({ name, state, address, faults }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    nodes,
    endpoint,
    ...member,
    sessions: rack.switches.flatMap(s => s.sessions.map(session => ({ switch: s.switch, ...session }))),
  };
}

async function nodesNow(): Promise<Status["nodes"]> {
  const answer = await kubectl(["get", "nodes", "-o", "json", "--request-timeout=5s"]).catch(() => undefined);
  if (answer === undefined) return [];
  return (JSON.parse(answer) as NodeList).items.map(({ metadata, status }) => ({
    name: metadata.name,
    role: "node-role.kubernetes.io/control-plane" in metadata.labels ? "control-plane" : "worker",
    ready: status.conditions.some(c => c.type === "Ready" && c.status === "True"),
    version: status.nodeInfo.kubeletVersion,
  }));
}

async function endpointNow(rack: RackState): Promise<Status["endpoint"]> {
  const files = operatorFiles();
  if (files === undefined) return null;
  const { address, port } = files;
  const { kind } = readStackFile(files.stack).endpoint;
  const [answers, announcers] = await Promise.all([endpointAnswers(files), announcersOf(kind, address, rack)]);
  return { address, port, kind, answers, announcers };
}

/** What `rackplane status` on a machine says, as far as it is read here; an earlier program says less. */
interface MachineStatus {
  readonly etcd: Status["etcd"] | null;
  readonly certificates?: { days: number; first: string } | null;
}

/** The first member that answers speaks for etcd: every one knows all members, and workers know none. */
async function memberNow(rack: RackState): Promise<Pick<Status, "etcd" | "certificates">> {
  for (const { name } of controlPlaneOf(rack).filter(m => m.state === "running")) {
    const answer = await onMachine(name, ["/opt/rackplane/bin/rackplane", "status"], { timeoutSeconds: 10 }).catch(
      () => undefined,
    );
    const { etcd, certificates } = answer === undefined ? {} : (JSON.parse(answer) as Partial<MachineStatus>);
    if (etcd && etcd.members > 0)
      return { etcd, certificates: certificates ? { machine: name, ...certificates } : null };
  }
  return { etcd: { members: 0, healthy: 0, learners: 0 }, certificates: null };
}

/** Of the stack that was brought up last: there may be machines of several. Until one is up, all there are. */
function controlPlaneOf({ machines }: RackState): RackState["machines"] {
  const files = operatorFiles();
  if (files === undefined) return machines;
  const members = readStackFile(files.stack)
    .hosts.filter(({ role }) => role === "control-plane")
    .map(({ name }) => name);
  return machines.filter(m => (members.length === 0 ? m.kind === "rented" : members.includes(m.name)));
}

/** The status for a person. */
export function describe(now: Status): string {
  const machines = now.machines.map(
    m => `  ${m.name}  ${m.state}  ${m.address}${m.faults.length ? `  faults: ${m.faults.join(", ")}` : ""}`,
  );
  const nodes = now.nodes.map(n => `  ${n.name}  ${n.role}  ${n.ready ? "Ready" : "NotReady"}  ${n.version}`);
  const { endpoint, etcd, certificates } = now;
  return [
    "machines",
    ...machines,
    "nodes",
    ...(nodes.length ? nodes : ["  (the API does not answer)"]),
    "endpoint",
    endpoint === null
      ? "  (no cluster yet)"
      : `  https://${endpoint.address}:${endpoint.port}  ${endpoint.kind}  ${endpoint.answers ? "answers, certificate verified" : "does not answer"}\n  announced by ${endpoint.announcers.join(", ") || (endpoint.kind === "external" ? "somebody else" : "nobody")}`,
    "etcd",
    `  ${etcd.healthy} of ${etcd.members} members healthy, ${etcd.learners} learners`,
    ...(certificates === null
      ? []
      : [
          "certificates",
          `  ${certificates.days} days are left to the first that ends, ${certificates.first} on ${certificates.machine}`,
        ]),
  ].join("\n");
}
