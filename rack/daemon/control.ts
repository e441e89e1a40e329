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
        sessions: sessions
          .filter(s => s.switch === "ab".charAt(i))
          .map(s => ({ machine: nameOf(s.protocol), established: s.established })),
        routes: routes.filter(r => r.switch === "ab".charAt(i)),
      })),
    };
  });

  app.post<{ Params: { fault: string; machine: string } }>("/faults/:fault/:machine", async request => {
    const { record } = machines.find(request.params.machine);
    const fault = faultNamed(request.params.fault);
    await fault.inject(target(machines, bare, record));
    if (fault.heal) faultsOf(record.id).add(fault.name);
    return {};
  });

  app.delete<{ Params: { fault: string; machine: string } }>("/faults/:fault/:machine", async request => {
    const { record } = machines.find(request.params.machine);
    const fault = faultNamed(request.params.fault);
    if (!fault.heal)
      throw new Error(`fault ${fault.name} is over as soon as it has happened: there is nothing to heal`);
    await fault.heal(target(machines, bare, record));
    faultsOf(record.id).delete(fault.name);
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

const target = (machines: NamespaceMachines, bare: BareMachines, { id, hostname }: MachineRecord): FaultTarget => ({
  powerOff: () => machines.powerOff(id),
  powerOn: () => machines.powerOn(id),
  reboot: () => machines.reboot(id),
  reinstall: () => bare.reinstall(hostname),
  freeze: () => machines.freeze(id),
  thaw: () => machines.thaw(id),
  cutLink: () => machines.cutLink(id),
  mendLink: () => machines.mendLink(id),
  silence: () => machines.silence(id),
  unsilence: () => machines.unsilence(id),
  exec: async argv => (await machines.exec(id, argv)).stdout,
});
