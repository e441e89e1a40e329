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
  const found = kind === "kube-vip-bgp" ? routedTo(vip, rack) : kind === "external" ? [] : await holdersOf(vip, rack);
  return [...new Set(found)].sort();
}

function routedTo(vip: string, rack: RackState): string[] {
  const nameOf = (address: string) => rack.machines.find(m => m.address === address)?.name ?? address;
  const hops = rack.switches
    .flatMap(s => s.routes)
    .filter(r => r.prefix === `${vip}/32`)
    .flatMap(r => r.nextHops);
  return hops.map(nameOf);
}

/** Looked at in the machines' namespaces: a machine that is frozen or whose sshd is gone holds an address all the same. */
async function holdersOf(vip: string, rack: RackState): Promise<string[]> {
  const running = rack.machines.filter(m => m.kind === "bare" && m.state === "running");
  const held = await Promise.all(
    running.map(async ({ name }) => {
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
  return held.flat();
}

/** Reads `ip -j addr`: whether an interface that is on a wire has the address. Pure. */
export function holds(answer: string, vip: string): boolean {
  const links = JSON.parse(answer || "[]") as { ifname?: string; addr_info?: { local?: string }[] }[];
  return links.some(
    ({ ifname, addr_info }) =>
      ifname !== undefined && ifname !== "lo" && (addr_info ?? []).some(({ local }) => local === vip),
  );
}
