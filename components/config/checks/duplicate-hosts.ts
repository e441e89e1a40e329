import type { Role } from "../../../cloud-init/contract/identity";
import { SSH_PORT } from "../values/ports";
import { formatPath, problem, type Problem } from "../values/problems";
import type { Check } from "./given";
import type { GivenHost } from "./given-hosts";

const ROLE: Readonly<Record<Role, string>> = {
  "control-plane": "a control-plane machine",
  worker: "a worker",
  balancer: "a balancer",
};

/** Where SSH goes. The same address behind another bastion is another machine. Undefined until all of it is known. */
function door({ fields, says }: GivenHost): string | undefined {
  const host = says("sshHost") ? fields.sshHost : fields.address;
  if (host === undefined || (says("bastion") && fields.bastionHost === undefined)) return undefined;
  const bastion = fields.bastionHost === undefined ? "" : ` behind ${fields.bastionHost}`;
  return `${host}:${fields.port ?? SSH_PORT}${bastion}`;
}

/** Machines named twice, whole or in part, whatever their roles. */
export const duplicateHosts: Check = given => {
  const { hosts } = given;
  return hosts.flatMap((host, i) => duplicatesOf(host, hosts.slice(0, i)));
};

function duplicatesOf(host: GivenHost, earlier: readonly GivenHost[]): Problem[] {
  const { path, fields } = host;
  const where = (other: GivenHost): string => `${formatPath(other.path)}, ${ROLE[other.role]}`;
  const { name } = fields;
  const whole = earlier.find(other => other.fields.name === name && other.fields.address === fields.address);
  if (whole !== undefined && name !== undefined && fields.address !== undefined) {
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
    // Machines with equal addresses are also equal for SSH; one problem is enough.
    ...clash("sshHost", door(host), address === undefined ? same(door) : undefined, "another machine behind SSH"),
    ...clash(
      "hostKey",
      `${fields.hostKey?.slice(0, 32)}...`,
      same(one => one.fields.hostKey),
      "another key; cloned machines share theirs: remove /etc/ssh/ssh_host_*, run ssh-keygen -A and restart sshd on one",
    ),
  ];
}
