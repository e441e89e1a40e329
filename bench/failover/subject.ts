import { parse } from "yaml";
import { announcersExpected } from "../../rack/cli/endpoint";
import { readStackFile } from "../../rack/cli/stack-file";
import type { Status } from "../../rack/cli/status";
import type { Site } from "../../rack/faults/fault";
import { kindCases, well, type KindCase } from "../scenarios/kinds";

/** One way to hold the VIP that is measured: ours, or a peer's on the machines of one of ours. */
export interface Subject {
  /** As `--kind` names it. */
  readonly name: string;
  /** Whose stack brings the machines and the cluster up. */
  readonly base: KindCase;
  readonly site: Site;
  /** Machines that announce the VIP when all is well. */
  readonly announcers: number;
  /** Puts the peer's way in the place of ours, after each `up` of the base. */
  readonly put?: (now: Status) => Promise<void>;
}

/** Ours: every kind whose stack is there for its faults. */
export const ourSubjects = (): Subject[] =>
  kindCases("all")
    .filter(({ faults }) => faults.length > 0)
    .map(subjectOf);

function subjectOf(base: KindCase): Subject {
  const { endpoint, text } = readStackFile(base.stack);
  const balancer = balancerIn(text);
  return {
    name: base.name,
    base,
    site: { endpoint: endpoint.kind, ...(balancer === undefined ? {} : { balancer }) },
    announcers: announcersExpected(endpoint.kind, base.controlPlane.length),
  };
}

/** What stands in front of the API servers by a stack file. Pure. */
export function balancerIn(text: string): Site["balancer"] {
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, { balancer?: unknown } | undefined> };
  const found = config["rackplane:endpoint"]?.balancer;
  return found === "haproxy" || found === "nginx" ? found : undefined;
}

/** Everything runs, is Ready, healthy and announced. */
export const wholeAs = ({ base, announcers }: Subject): ((now: Status) => boolean) => well({ ...base, announcers });
