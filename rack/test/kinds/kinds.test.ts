import { afterAll, describe, expect } from "vitest";
import { rackplane } from "../../../bench/rack";
import { kindCases, type KindCase } from "../../../bench/scenarios/kinds";
import { doctorFindsNothing } from "./doctor";
import { frontsMore } from "./frontends";
import { balancersFollow } from "./growth";
import { kindServes } from "./serves";
import { watchesLast } from "./watch";
import { withdrawsWholly } from "./withdrawal";
import { workersServe } from "./workers";

/** Every way to hold the VIP. One alone: `./rackplane test --suite kind-arp`. */

/** What some kinds promise besides. */
const BESIDES: Readonly<Record<string, readonly ((kind: KindCase) => void)[]>> = {
  bgp: [withdrawsWholly],
  bird: [withdrawsWholly],
  arp: [withdrawsWholly],
  haproxy: [watchesLast],
  nginx: [watchesLast],
  balancers: [watchesLast, frontsMore, balancersFollow],
  workers: [workersServe],
};

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

describe.each(kindCases())("$name", kind => {
  doctorFindsNothing(kind);
  kindServes(kind);
  for (const besides of BESIDES[kind.name] ?? []) besides(kind);
});
