import type { Role } from "../../../cloud-init/node-spec";
import { formatPath, problem, type Path, type Problem } from "../values/problems";
import { isRecord } from "../values/section";

/** A machine over SSH as the configuration names it, good or bad: questions that cross sections look at all of them. */
export interface GivenHost {
  readonly role: Role;
  readonly path: Path;
  readonly fields: Readonly<Record<string, unknown>>;
}

const ROLE: Readonly<Record<Role, string>> = {
  "control-plane": "a control-plane machine",
  worker: "a worker",
  balancer: "a balancer",
};

export function givenHosts(raw: Readonly<Record<string, unknown>>): GivenHost[] {
  const workers = Array.isArray(raw.workers) ? (raw.workers as unknown[]) : [];
  return [
    ...hostsIn("control-plane", raw.machines, ["machines"]),
    ...workers.flatMap((pool, i) =>
      isRecord(pool) ? hostsIn("worker", pool.machines, ["workers", i, "machines"]) : [],
    ),
    ...(isRecord(raw.endpoint) ? hostsIn("balancer", raw.endpoint.machines, ["endpoint", "machines"]) : []),
  ];
}

function hostsIn(role: Role, machines: unknown, path: Path): GivenHost[] {
  if (!isRecord(machines) || machines.kind !== "ssh" || !Array.isArray(machines.hosts)) return [];
  return (machines.hosts as unknown[]).flatMap((fields, i) =>
    isRecord(fields) ? [{ role, path: [...path, "hosts", i], fields }] : [],
  );
}

/** Where SSH goes; behind another bastion the same address is another machine. */
function door({ fields }: GivenHost): string | undefined {
  const host = fields.sshHost ?? fields.address;
  if (typeof host !== "string") return undefined;
  const bastion = isRecord(fields.bastion) ? String(fields.bastion.host) : "";
  return `${host}:${Number(fields.port ?? 22)}${bastion === "" ? "" : ` behind ${bastion}`}`;
}

function key({ fields }: GivenHost): string | undefined {
  return typeof fields.hostKey === "string" ? fields.hostKey.trim().split(/\s+/).slice(0, 2).join(" ") : undefined;
}

/** Machines named twice, whole or in part, whatever their roles. */
export function duplicateHostProblems(hosts: readonly GivenHost[]): Problem[] {
  return hosts.flatMap((host, i) => {
    const { path, fields } = host;
    const earlier = hosts.slice(0, i);
    const where = (other: GivenHost): string => `${formatPath(other.path)}, ${ROLE[other.role]}`;
    const whole = earlier.find(
      other =>
        other.fields.address === fields.address && other.fields.name === fields.name && fields.name !== undefined,
    );
    if (whole !== undefined) {
      return [
        problem(
          path,
          `found the machine of ${where(whole)}, again; expected each machine once, as a machine has one role`,
        ),
      ];
    }
    const same = (of: (one: GivenHost) => unknown): GivenHost | undefined =>
      of(host) === undefined ? undefined : earlier.find(other => of(other) === of(host));
    const clash = (step: string, found: unknown, other: GivenHost | undefined, expected: string): Problem[] =>
      other === undefined
        ? []
        : [problem([...path, step], `found ${JSON.stringify(found)}, that of ${where(other)}; expected ${expected}`)];
    const address = same(one => one.fields.address);
    return [
      ...clash(
        "name",
        fields.name,
        same(one => one.fields.name),
        "another name; Nodes and etcd's members are told apart by it",
      ),
      ...clash("address", fields.address, address, "another address"),
      // Equal addresses make equal doors; that is said once.
      ...clash("sshHost", door(host), address === undefined ? same(door) : undefined, "another machine behind SSH"),
      ...clash(
        "hostKey",
        `${key(host)?.slice(0, 32)}...`,
        same(key),
        "another key; cloned machines share theirs: remove /etc/ssh/ssh_host_*, run ssh-keygen -A and restart sshd on one",
      ),
    ];
  });
}
