import fastify from "fastify";
import * as fs from "node:fs";
import type { MachineView, NamespaceMachines } from "../machines/namespace-machines";
import { protocolName } from "../network/bird-config";
import { portOf } from "../network/port";
import type { BirdSwitches } from "../network/switches";
import { CONTROL_SOCKET, SWITCHES } from "../topology";
import type { BareMachines } from "./bare-machines";
import { bareRoutes } from "./bare-routes";
import type { BareSessions } from "./bare-sessions";
import { Faults } from "./fault-routes";
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
  const faults = new Faults({ machines, switches, bare });
  faults.routes(app);
  bareRoutes(app, bare, bareSessions);

  app.get("/state", async (): Promise<RackState> => {
    const all = machines.list();
    const nameOf = (protocol: string) =>
      all.find(m => protocolName(portOf(m.record)) === protocol)?.record.hostname ?? protocol;
    const [sessions, routes] = await Promise.all([switches.sessions(), switches.routes()]);
    return {
      machines: all.map(m => ({ ...described(m), state: m.power, faults: faults.of(m.record.id) })),
      switches: SWITCHES.map((address, i) => ({
        switch: address,
        sessions: sessions
          .filter(s => s.switch === "ab".charAt(i))
          .map(s => ({ machine: nameOf(s.protocol), established: s.established })),
        routes: routes.filter(r => r.switch === "ab".charAt(i)),
      })),
    };
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
