import fastify from "fastify";
import * as fs from "node:fs";
import { faultNamed } from "../faults";
import type { FaultTarget } from "../faults/fault";
import type { MachineRecord } from "../host";
import type { MachineView, NamespaceMachines } from "../machines/namespace-machines";
import { protocolName } from "../network/bird-config";
import { portOf } from "../network/port";
import type { BirdSwitches } from "../network/switches";
import { CONTROL_SOCKET, SWITCHES } from "../topology";
import type { BareMachines } from "./bare-machines";
import { bareRoutes } from "./bare-routes";
import type { BareSessions } from "./bare-sessions";
import type { RackState } from "./state";

/** What the socket is a way to. */
export interface Controlled {
  readonly machines: NamespaceMachines;
  readonly switches: BirdSwitches;
  readonly bare: BareMachines;
  readonly sessions: BareSessions;
}

/** The operator's socket: what there is, and what is to go wrong. Only root can open it. */
export async function control({ machines, switches, bare, sessions: bareSessions }: Controlled): Promise<void> {
  const app = fastify();
  const faults = new Map<string, Set<string>>();
  const faultsOf = (id: string) => faults.get(id) ?? faults.set(id, new Set()).get(id)!;
  bareRoutes(app, bare, bareSessions);

  app.get("/state", async (): Promise<RackState> => {
    const all = machines.list();
    const nameOf = (protocol: string) =>
      all.find(m => protocolName(portOf(m.record)) === protocol)?.record.hostname ?? protocol;
    const [sessions, routes] = await Promise.all([switches.sessions(), switches.routes()]);
    return {
      machines: all.map(m => ({ ...described(m), state: m.power, faults: [...faultsOf(m.record.id)] })),
      switches: SWITCHES.map((address, i) => ({
        switch: address,
        faults: [...faultsOf(`switch ${"ab".charAt(i)}`)],
        sessions: sessions
          .filter(s => s.switch === "ab".charAt(i))
          .map(s => ({ machine: nameOf(s.protocol), established: s.established })),
        routes: routes.filter(r => r.switch === "ab".charAt(i)),
      })),
    };
  });

  /** What a fault of that name does to that machine or switch, and whose it is then. */
  const faultOn = ({ fault: name, target }: FaultParams): Bound & { readonly id: string } => {
    const named = faultNamed(name);
    if (named.on === "switch") {
      const one = switches.target(target);
      return { id: `switch ${target}`, ...bound(named.fault, one) };
    }
    const { record } = machines.find(target);
    return { id: record.id, ...bound(named.fault, targetOf(machines, bare, record)) };
  };

  app.post<{ Params: FaultParams }>("/faults/:fault/:target", async ({ params }) => {
    const { id, inject, heal } = faultOn(params);
    await inject();
    if (heal) faultsOf(id).add(params.fault);
    return {};
  });

  app.delete<{ Params: FaultParams }>("/faults/:fault/:target", async ({ params }) => {
    const { id, heal } = faultOn(params);
    if (!heal) throw new Error(`fault ${params.fault} is over as soon as it has happened: there is nothing to heal`);
    await heal();
    faultsOf(id).delete(params.fault);
    return {};
  });

  fs.rmSync(CONTROL_SOCKET, { force: true });
  const mask = process.umask(0o177);
  await app.listen({ path: CONTROL_SOCKET });
  process.umask(mask);
}

function described({ record, hostKey }: MachineView): Omit<RackState["machines"][number], "state" | "faults"> {
  const of = { id: record.id, name: record.hostname };
  return record.network === "lan"
    ? { ...of, kind: "bare", address: record.address, publicAddress: record.address, hostKey }
    : { ...of, kind: "rented", address: record.privateAddress, publicAddress: record.publicAddress };
}

interface FaultParams {
  readonly fault: string;
  /** A machine's name, or a switch's. */
  readonly target: string;
}

/** What a fault does to one target. */
interface Bound {
  readonly inject: () => Promise<void>;
  /** Absent when the fault is over as soon as it has happened. */
  readonly heal?: () => Promise<void>;
}

const bound = <T>(fault: { inject(target: T): Promise<void>; heal?(target: T): Promise<void> }, target: T): Bound => ({
  inject: () => fault.inject(target),
  ...(fault.heal === undefined ? {} : { heal: () => fault.heal?.(target) ?? Promise.resolve() }),
});

const targetOf = (machines: NamespaceMachines, bare: BareMachines, { id, hostname }: MachineRecord): FaultTarget => ({
  powerOff: () => machines.powerOff(id),
  powerOn: () => machines.powerOn(id),
  reboot: () => machines.reboot(id),
  shutDown: () => machines.shutDown(id),
  reinstall: () => bare.reinstall(hostname),
  freeze: () => machines.freeze(id),
  thaw: () => machines.thaw(id),
  cutLink: () => machines.cutLink(id),
  mendLink: () => machines.mendLink(id),
  silence: () => machines.silence(id),
  unsilence: () => machines.unsilence(id),
  others: machines
    .list()
    .filter(({ record }) => record.id !== id)
    .flatMap(({ record }) =>
      record.network === "lan" ? [record.address] : [record.privateAddress, record.publicAddress],
    ),
  exec: async argv => (await machines.exec(id, argv)).stdout,
});
