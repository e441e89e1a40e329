import type { FastifyInstance } from "fastify";
import { facilityJson, metroJson, METROS, OPERATING_SYSTEMS, operatingSystemJson, planJson, PLANS } from "./catalog";

/** The lists behind the provider's data sources of metros, facilities, plans and operating systems. */
export function catalogRoutes(app: FastifyInstance): void {
  app.get("/locations/metros", async () => ({ metros: METROS.map(metroJson) }));
  app.get("/facilities", async () => ({ facilities: METROS.map(facilityJson) }));
  app.get("/plans", async () => ({ plans: PLANS.map(planJson) }));
  app.get("/operating-systems", async () => ({ operating_systems: OPERATING_SYSTEMS.map(operatingSystemJson) }));
}
