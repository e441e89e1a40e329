import { heal, inject } from "../../rack/daemon/client";
import { faultNamed } from "../../rack/faults";
import { type ShiftedClock, shiftClock } from "../scenarios/clock";
import type { KindCase } from "../scenarios/kinds";

/** Whom a fault hits, by what it is to the cluster at that moment. */
export type Hit =
  /** The machine that holds the VIP; where several announce it, the first. */
  | "holder"
  /** A control-plane machine: the holder, if that is one. */
  | "member"
  /** A control-plane machine that is not the one which `member` names. */
  | "another member"
  /** The member that leads etcd. */
  | "leader"
  /** One of the two switches. */
  | "switch";

/** One thing that is done to one victim, and undone. */
export interface Act {
  readonly hits: Hit;
  /** Done while all is well, unmeasured. */
  readonly prepare?: (victim: string) => Promise<void>;
  readonly inject: (victim: string) => Promise<void>;
  /** Absent when it is over as soon as it has happened. Not an error where nothing was injected. */
  readonly heal?: (victim: string) => Promise<void>;
}

/** Something that happens to a cluster. */
export interface BenchFault {
  /** What `--fault` names. */
  readonly name: string;
  readonly what: string;
  /** All at once. */
  readonly acts: readonly Act[];
  readonly applies: (kind: KindCase) => boolean;
  /** Seconds for which it is watched before it is healed, or before the cluster is asked whether it is whole. */
  readonly seconds: number;
}

const always = (): boolean => true;
const speaksBgp = ({ endpoint }: KindCase): boolean => endpoint === "kube-vip-bgp";
const hasKubeVip = ({ endpoint, name }: KindCase): boolean => endpoint.startsWith("kube-vip-") && name !== "bird";
const hasKeepalived = ({ endpoint }: KindCase): boolean => endpoint === "keepalived" || endpoint === "balancers";
const hasAnnouncer = ({ endpoint }: KindCase): boolean => endpoint.startsWith("kube-vip-") || endpoint === "keepalived";
/** A machine besides the members holds it. */
const hasBalancers = ({ balancers }: KindCase): boolean => balancers.length > 0;

/** A fault of the rack (rack/faults). */
function act(fault: string, hits: Hit): Act {
  const heals = "heal" in faultNamed(fault).fault;
  return {
    hits,
    inject: async victim => void (await inject(fault, victim)),
    ...(!heals ? {} : { heal: async victim => void (await heal(fault, victim)) }),
  };
}

/** The date of a machine's announcer alone: all machines of a rack share one clock. */
function shifted(seconds: number, hits: Hit): Act {
  const clocks = new Map<string, ShiftedClock>();
  return {
    hits,
    prepare: async victim => void clocks.set(victim, await shiftClock(victim)),
    inject: async victim => {
      const clock = clocks.get(victim);
      if (clock === undefined) throw new Error(`the clock of ${victim}: nobody has prepared it`);
      await clock.set(seconds);
    },
    heal: async victim => {
      await clocks.get(victim)?.end();
      clocks.delete(victim);
    },
  };
}

/** For what ends by itself, and what is back within seconds. */
const SHORT = 20;
/** For what the other machines see only by silence; kubelets give a watch up after 45 s (golang.org/x/net/http2: 30 s + 15 s). */
const LONG = 55;
const DAY = 86_400;

/** One fault of the rack under its own name. */
const one = (
  name: string,
  hits: Hit,
  seconds: number,
  applies: BenchFault["applies"] = always,
  as = name,
): BenchFault => ({ name: as, what: faultNamed(name).fault.what, acts: [act(name, hits)], applies, seconds });

/** Every fault of the bench. One more is one line. */
export const BENCH_FAULTS: readonly BenchFault[] = [
  one("kill-apiserver", "member", SHORT),
  one("freeze-apiserver", "member", SHORT),
  one("apiserver-away", "member", SHORT),
  one("kill-etcd", "leader", SHORT),
  one("freeze-etcd", "leader", SHORT),
  one("kill-kubelet", "member", SHORT),
  one("kill-containerd", "member", SHORT),
  one("kill-kube-vip", "holder", SHORT, hasKubeVip),
  one("kill-bird", "holder", SHORT, ({ name }) => name === "bird"),
  one("kill-keepalived", "holder", SHORT, hasKeepalived),
  one("kill-haproxy", "holder", SHORT, ({ name }) => name === "haproxy" || name === "balancers"),
  one("kill-nginx", "holder", SHORT, ({ name }) => name === "nginx"),
  one("power-off", "holder", LONG),
  one("power-off", "leader", LONG, hasBalancers, "power-off-leader"),
  one("freeze", "holder", LONG),
  one("reboot", "holder", LONG),
  one("reboot", "member", LONG, hasBalancers, "reboot-member"),
  one("shut-down", "holder", LONG),
  one("cut-link", "holder", LONG),
  one("flap-link", "holder", SHORT),
  one("silence", "holder", LONG),
  one("mute", "holder", LONG),
  one("deaf", "holder", LONG),
  one("isolate", "member", LONG),
  one("isolate", "leader", LONG, always, "isolate-leader"),
  one("cut-etcd", "leader", LONG),
  one("switch-down", "switch", SHORT, speaksBgp),
  one("reset-sessions", "switch", SHORT, speaksBgp),
  one("wrong-md5", "switch", SHORT, speaksBgp),
  {
    name: "clock-forward",
    what: "an announcer's date is a day later",
    acts: [shifted(DAY, "member")],
    applies: hasAnnouncer,
    seconds: SHORT,
  },
  {
    name: "clock-back",
    what: "an announcer's date is a day earlier",
    acts: [shifted(-DAY, "member")],
    applies: hasAnnouncer,
    seconds: SHORT,
  },
  {
    name: "power-off-and-kill-kubelet",
    what: "the holder loses power while a kubelet of another machine dies",
    acts: [act("power-off", "holder"), act("kill-kubelet", "another member")],
    applies: kind => !hasBalancers(kind),
    seconds: LONG,
  },
  {
    name: "two-apiservers",
    what: "the API servers of two machines are killed at once",
    acts: [act("kill-apiserver", "member"), act("kill-apiserver", "another member")],
    applies: always,
    seconds: SHORT,
  },
];
