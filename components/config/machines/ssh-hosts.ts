import { z } from "zod";
import { peerListProblems } from "../endpoint/bgp-peers";
import { HOSTS, completeHost, hostSchema, type HostArgs, type HostSection, type HostSpec } from "./hosts";
import type { Kind } from "../values/kind";
import { problem, type Path, type Problem } from "../values/problems";
import { judged, readSection, type Partly } from "../values/section";
import { expecting } from "../values/forms";

/** Machines that exist and that SSH reaches; nothing is rented. */
export interface SshHostsArgs {
  kind: "ssh";
  /** The machines, in order. Control-plane machines keep their place for life: add new ones at the end. */
  hosts: HostArgs[];
}

/** The complete form of {@link SshHostsArgs}. */
export interface SshHostsSpec {
  readonly kind: "ssh";
  readonly hosts: readonly HostSpec[];
}

/** This kind's word in a configuration; a section that takes no other kind of machine asks for this one. */
export const SSH = "ssh";

const schema = z.object({ kind: z.literal(SSH), hosts: z.array(hostSchema, expecting(HOSTS)) }).strict();

export type SshHostsSection = z.output<typeof schema>;

export const sshHosts: Kind<SshHostsArgs, SshHostsSpec, SshHostsSection> = {
  example: {
    kind: SSH,
    hosts: [
      {
        name: "rack1-a",
        address: "10.0.0.11",
        hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhZRneoxSyQT79Jo3zMkKAMFVWLX34/xJyp8BWoltF8",
      },
    ],
  },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    return judged(reading, listProblems(reading.partial.hosts, [...path, "hosts"]), ({ kind, hosts }) => ({
      kind,
      hosts: hosts.map(completeHost),
    }));
  },
};

function listProblems(hosts: Partly<readonly HostSection[]> | undefined, path: Path): Problem[] {
  if (hosts?.length === 0) return [problem(path, "found an empty list, expected one machine or more")];
  return (hosts ?? []).flatMap(({ peers }, i) => peerListProblems(peers, [...path, i, "peers"]));
}
