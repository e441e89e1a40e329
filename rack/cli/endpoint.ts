import { output } from "../command";
import type { RackState } from "../daemon/state";
import { NETNS } from "../topology";

/** How many machines announce the VIP when all is well. */
export function announcersExpected(kind: string, controlPlane: number): number {
  if (kind === "kube-vip-bgp") return controlPlane;
  return kind === "external" ? 0 : 1;
}

/** The machines that announce a VIP now, seen from outside of them: by the switches' routes, or on their interfaces. */
export async function announcersOf(kind: string, vip: string, rack: RackState): Promise<string[]> {
  if (kind === "external") return [];
  if (kind === "kube-vip-bgp")
    return routedTo(
      vip,
      rack.switches.flatMap(s => s.routes),
      rack.machines,
    );
  return holdersOf(
    vip,
    rack.machines.filter(m => m.kind === "bare" && m.state === "running").map(({ name }) => name),
  );
}

/** The machines that a VIP is routed to. Pure. */
export function routedTo(
  vip: string,
  routes: readonly { readonly prefix: string; readonly nextHops: readonly string[] }[],
  machines: readonly { readonly name: string; readonly address: string }[],
): string[] {
  const nameOf = (address: string) => machines.find(m => m.address === address)?.name ?? address;
  const hops = routes.filter(r => r.prefix === `${vip}/32`).flatMap(r => r.nextHops);
  return [...new Set(hops.map(nameOf))].sort();
}

/** Looked at in the machines' namespaces: a machine that is frozen or whose sshd is gone holds an address all the same. */
export async function holdersOf(vip: string, machines: readonly string[]): Promise<string[]> {
  const held = await Promise.all(
    machines.map(async name => {
      // A machine whose power goes at this moment has no namespace any more, and no address.
      const answer = await output([
        "ip",
        "-n",
        NETNS.machine(name),
        "-j",
        "-4",
        "addr",
        "show",
        "to",
        `${vip}/32`,
      ]).catch(() => "[]");
      return holds(answer, vip) ? [name] : [];
    }),
  );
  return [...new Set(held.flat())].sort();
}

/** Reads `ip -j addr`: whether an interface that is on a wire has the address. Pure. */
export function holds(answer: string, vip: string): boolean {
  const links = JSON.parse(answer || "[]") as { ifname?: string; addr_info?: { local?: string }[] }[];
  return links.some(
    ({ ifname, addr_info }) =>
      ifname !== undefined && ifname !== "lo" && (addr_info ?? []).some(({ local }) => local === vip),
  );
}
