import { z } from "zod";
import { peerListProblems } from "../endpoint/bgp-peers";
import { HOSTS, completeHost, hostSchema, type HostArgs, type HostSpec } from "./hosts";
import type { Kind } from "../kind";
import { problem, type Path, type Problem } from "../values/problems";
import { isRecord, readSection } from "../values/section";
import { expecting } from "../values/forms";

/** Machines that exist and that SSH reaches; nothing is rented. */
export interface SshHostsArgs {
  kind: "ssh";
  /** The machines, in order. The order of control-plane machines is theirs for life: add at the end. */
  hosts: HostArgs[];
}

/** The complete form of {@link SshHostsArgs}. */
export interface SshHostsSpec {
  readonly kind: "ssh";
  readonly hosts: readonly HostSpec[];
}

const schema = z.object({ kind: z.literal("ssh"), hosts: z.array(hostSchema, expecting(HOSTS)) }).strict();

export const sshHosts: Kind<SshHostsArgs, SshHostsSpec> = {
  example: {
    kind: "ssh",
    hosts: [
      {
        name: "rack1-a",
        address: "10.0.0.11",
        hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhZRneoxSyQT79Jo3zMkKAMFVWLX34/xJyp8BWoltF8",
      },
    ],
  },
  read(raw, path) {
    const { value, problems: found } = readSection(schema, raw, path);
    const problems = [...found, ...listProblems(raw, [...path, "hosts"])];
    return value === undefined || problems.length > 0
      ? { problems }
      : { value: { kind: value.kind, hosts: value.hosts.map(completeHost) }, problems };
  },
};

function listProblems(raw: unknown, path: Path): Problem[] {
  const hosts = isRecord(raw) && Array.isArray(raw.hosts) ? (raw.hosts as unknown[]) : undefined;
  if (hosts === undefined) return [];
  if (hosts.length === 0) return [problem(path, "found an empty list, expected one machine or more")];
  return hosts.flatMap((host, i) => (isRecord(host) ? peerListProblems(host.peers, [...path, i, "peers"]) : []));
}
