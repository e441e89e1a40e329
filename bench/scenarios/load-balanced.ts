import { announcersOf } from "../../rack/cli/endpoint";
import { kubectl } from "../../rack/cli/operator";
import { rackState } from "../../rack/daemon/client";
import { probing } from "../probe/probing";
import { ANSWERING, apply } from "./pods";

const labels = { app: "answering" };

/** Two replicas, each on a worker of its own. */
export const REPLICAS = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "replicas" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "DoNotSchedule",
            labelSelector: { matchLabels: labels },
          },
        ],
        containers: [{ ...ANSWERING, readinessProbe: { periodSeconds: 1, httpGet: { path: "/health", port: 8080 } } }],
        volumes: [{ name: "config", configMap: { name: "answering" } }],
      },
    },
  },
};

/**
 * A Service of type LoadBalancer in front of {@link REPLICAS}. Its packets go to pods of the machine that they come to
 * alone: a machine that is lost takes its own share with it and nothing of the others', whose kube-proxy learns of the
 * loss after most of a minute.
 */
export const loadBalanced = (name: string, { annotations = {}, spec = {} } = {}): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, annotations },
  spec: {
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    selector: labels,
    ports: [{ port: 80, targetPort: 8080 }],
    ...spec,
  },
});

/** What a client outside asks {@link REPLICAS} for. */
export const urlOf = (address: string): string => `http://${address}/health`;

interface ServiceList {
  items: { metadata: { name: string }; status?: { loadBalancer?: { ingress?: { ip?: string }[] } } }[];
}

/**
 * Seconds. kube-vip spends one on every Service that has no address yet, thirty where it finds none, and one Service waits
 * for the other.
 */
const LONGEST = 180;

/** Makes Services, and waits until each has an address that is announced: name to address. */
export async function announced(
  kind: string,
  names: readonly string[],
  objects: readonly object[],
): Promise<{ readonly addresses: ReadonlyMap<string, string>; readonly seconds: number }> {
  const begin = Date.now();
  await apply(...objects);
  for (;;) {
    const { items } = JSON.parse(await kubectl(["get", "services", "-o", "json"])) as ServiceList;
    const addresses = new Map(
      items.flatMap(({ metadata: { name }, status }) => {
        const ip = status?.loadBalancer?.ingress?.[0]?.ip;
        return ip !== undefined && names.includes(name) ? [[name, ip] as const] : [];
      }),
    );
    const rack = await rackState();
    const at = await Promise.all([...addresses.values()].map(address => announcersOf(kind, address, rack)));
    const seconds = (Date.now() - begin) / 1000;
    if (addresses.size === names.length && at.every(machines => machines.length > 0)) return { addresses, seconds };
    if (seconds > LONGEST)
      throw new Error(
        `waited ${LONGEST} s for ${names.length} Services to be announced; found ${JSON.stringify([[...addresses], at])}`,
      );
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

/**
 * Waits until a client outside is answered each time for five seconds: a machine's kube-proxy knows a new address a little
 * later than the switches. @throws Error when that takes longer than half a minute
 */
export async function answersSteadily(address: string): Promise<void> {
  const begin = Date.now();
  for (;;) {
    const outcome = await probing(async () => undefined, 5, urlOf(address));
    if (outcome.failed === 0) return;
    if (Date.now() - begin > 30_000)
      throw new Error(`waited 30 s for ${urlOf(address)} to answer each time; found ${JSON.stringify(outcome)}`);
  }
}

/** Seconds until the machines that announce an address are as wanted. @throws Error when they are not in time */
export async function announcersBecome(
  kind: string,
  address: string,
  wanted: (machines: readonly string[]) => boolean,
  seconds: number,
): Promise<{ readonly seconds: number; readonly machines: readonly string[] }> {
  const begin = Date.now();
  for (;;) {
    const machines = await announcersOf(kind, address, await rackState());
    const waited = (Date.now() - begin) / 1000;
    if (wanted(machines)) return { seconds: waited, machines };
    if (waited > seconds)
      throw new Error(`waited ${seconds} s for the announcers of ${address}; found ${machines.join(", ") || "none"}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** Asks the switches again and again for sessions of some machines; the result says when one was not there. */
export function watchSessions(machines: readonly string[]): { stop(): Promise<readonly string[]> } {
  const lapses: string[] = [];
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      for (const { switch: name, sessions } of (await rackState()).switches) {
        const there = new Set(sessions.filter(({ established }) => established).map(({ machine }) => machine));
        for (const machine of machines.filter(machine => !there.has(machine)))
          lapses.push(`${new Date().toISOString()}: switch ${name} has no session with ${machine}`);
      }
      await new Promise(resolve => setTimeout(resolve, 500));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return lapses;
    },
  };
}
