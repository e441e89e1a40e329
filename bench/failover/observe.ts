import { setTimeout as pause } from "node:timers/promises";
import { announcersOf } from "../../rack/cli/endpoint";
import { operatorFiles } from "../../rack/cli/operator";
import { output } from "../../rack/command";
import { rackState } from "../../rack/daemon/client";
import { NETNS } from "../../rack/topology";
import type { KindCase } from "../scenarios/kinds";
import type { Seen } from "./record";

/** Milliseconds between two looks: each costs a dozen short processes on the two cores that carry all machines. */
const EVERY = 500;

/** etcd's own port for metrics, plain HTTP on the machine's loopback address (kubeadm 1.34, listen-metrics-urls). */
const METRICS = "http://127.0.0.1:2381/metrics";

/** The member that says of itself that it leads etcd; undefined when none does. Asked for in the machines' own namespaces. */
export async function leaderOf(members: readonly string[]): Promise<string | undefined> {
  const asked = await Promise.all(
    members.map(async name => {
      const said = await output(["ip", "netns", "exec", NETNS.machine(name), "curl", "-s", "-m", "0.4", METRICS], {
        timeoutSeconds: 5,
      }).catch(() => "");
      return { name, leads: /^etcd_server_is_leader 1$/m.test(said), applied: appliedOf(said) };
    }),
  );
  // One that is cut off may believe for a while that it leads still, and applies nothing more.
  return asked.filter(({ leads }) => leads).sort((a, b) => b.applied - a.applied)[0]?.name;
}

const appliedOf = (metrics: string): number =>
  Number(/^etcd_server_proposals_applied_total (\S+)$/m.exec(metrics)?.[1] ?? -1);

/** Looks from outside of the machines, until it is ended. */
export interface Observing {
  end(): Promise<readonly Seen[]>;
}

/** @param at seconds since the run began */
export function observe(kind: KindCase, at: () => number): Observing {
  const seen: Seen[] = [];
  let over = false;
  const vip = operatorFiles()?.address ?? "";
  const look = async () => {
    while (!over) {
      const began = at();
      const rack = await rackState();
      const [announcers, leader] = await Promise.all([
        announcersOf(kind.endpoint, vip, rack),
        leaderOf(kind.controlPlane),
      ]);
      seen.push({
        at: began,
        announcers,
        ...(leader === undefined ? {} : { leader }),
        ...(kind.endpoint === "kube-vip-bgp"
          ? {
              sessions: rack.switches.flatMap(({ sessions }) => sessions).filter(({ established }) => established)
                .length,
            }
          : {}),
      });
      await pause(Math.max(0, EVERY - (at() - began) * 1000));
    }
  };
  const looking = look().catch((error: unknown) => error as Error);
  return {
    async end() {
      over = true;
      const broken = await looking;
      if (broken instanceof Error) throw broken;
      return seen;
    },
  };
}
