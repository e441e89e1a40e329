import type { FastifyInstance } from "fastify";
import { setBalancer, type BalancerRequest } from "./balancer";
import type { BareMachines, BareRequest } from "./bare-machines";
import { startS3Store } from "./s3-store";
import type { BareSession, BareSessions } from "./bare-sessions";

/** What the rack offers a stack of machines that exist, besides the machines: all that is somebody else's there. */
export function bareRoutes(app: FastifyInstance, machines: BareMachines, sessions: BareSessions): void {
  app.post<{ Body: BareRequest }>("/bare", async ({ body }) => {
    const { record, hostKey } = await machines.ensure(body);
    return { id: record.id, hostKey };
  });
  app.delete<{ Params: { name: string } }>("/bare/:name", async ({ params }) => {
    const address = await machines.remove(params.name);
    if (address !== undefined) await sessions.remove(address);
    return {};
  });
  app.post<{ Body: BareSession }>("/bare-sessions", async ({ body }) => {
    await sessions.put(body);
    return {};
  });
  app.put("/s3-store", async () => {
    await startS3Store();
    return {};
  });
  app.put<{ Body: BalancerRequest }>("/balancer", async ({ body }) => {
    await setBalancer(body);
    return {};
  });
}
