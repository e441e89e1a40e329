import type { Role } from "../cloud-init/contract/identity";
import { rentedName } from "../components/config/generations";
import type { ClusterSpec, HostSpec } from "../components/config/spec";
import { workerName } from "../components/config/values/names";
import { UsageError } from "./usage-error";

/** A machine of the stack, and how SSH gets there. */
export interface Machine {
  readonly name: string;
  readonly role: Role;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `<type> <base64>`; absent: as known to the person who asks. */
  readonly hostKey?: string;
  readonly bastion?: { readonly host: string; readonly port: number; readonly user: string; readonly hostKey?: string };
}

/** Text of the stack file; one that is encrypted there cannot be known. */
const known = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A machine of the stack before it is known where it is. */
type Wanted = Omit<Machine, "host"> & { readonly host?: string };

/**
 * Every machine of the stack, the control plane first. Pure.
 *
 * @param found machine's name to where SSH reaches it, for rented machines and in place of what the stack file says
 * @throws UsageError naming the machines of which nobody said where they are, and names that are none of the stack's
 */
export function machinesOf(spec: ClusterSpec, found: ReadonlyMap<string, string>): Machine[] {
  const wanted = wantedOf(spec);
  const names = wanted.map(({ name }) => name);
  const strange = [...found.keys()].filter(name => !names.includes(name));
  const lost = wanted.filter(({ name, host }) => host === undefined && !found.has(name)).map(({ name }) => name);
  const problems = [
    ...(strange.length === 0
      ? []
      : [`--machines, --outputs: found ${strange.join(", ")}, expected machines of the stack: ${names.join(", ")}`]),
    ...(lost.length === 0
      ? []
      : [
          `the stack file does not say where ${lost.join(", ")} ${lost.length === 1 ? "is" : "are"}; give --outputs with \`pulumi stack output --json\`, or --machines NAME=HOST,...`,
        ]),
  ];
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return wanted.map(machine => ({ ...machine, host: found.get(machine.name) ?? machine.host ?? "" }));
}

function wantedOf(spec: ClusterSpec): Wanted[] {
  const { name, controlPlane, machines, workers, endpoint, ssh } = spec;
  const rented =
    (role: Role) =>
    (name: string): Wanted => ({ name, role, port: 22, user: ssh.user });
  const exists =
    (role: Role) =>
    (host: HostSpec): Wanted =>
      fromHost(role, host, ssh.user);
  return [
    ...("hosts" in machines
      ? machines.hosts.map(exists("control-plane"))
      : controlPlane.names.map(rented("control-plane"))),
    ...("machines" in endpoint ? endpoint.machines.hosts.map(exists("balancer")) : []),
    ...workers.flatMap(pool =>
      "hosts" in pool.machines
        ? pool.machines.hosts.map(exists("worker"))
        : Array.from({ length: pool.machines.count }, (_, i) =>
            rented("worker")(rentedName(spec, workerName(name, pool.name, i))),
          ),
    ),
  ];
}

function fromHost(role: Role, host: HostSpec, user: string): Wanted {
  const [sshHost, hostKey] = [known(host.sshHost), known(host.hostKey)];
  const bastionHost = known(host.bastion?.host);
  const bastionKey = known(host.bastion?.hostKey);
  return {
    name: host.name,
    role,
    port: host.port,
    user: host.user ?? user,
    ...(sshHost === undefined ? {} : { host: sshHost }),
    ...(hostKey === undefined ? {} : { hostKey }),
    ...(host.bastion === undefined || bastionHost === undefined
      ? {}
      : {
          bastion: {
            host: bastionHost,
            port: host.bastion.port,
            user: host.bastion.user ?? user,
            ...(bastionKey === undefined ? {} : { hostKey: bastionKey }),
          },
        }),
  };
}
