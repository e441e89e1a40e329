import type { Fault, FaultTarget } from "./fault";

/** Before every other rule, so that packets of connections that stand are dropped, too. */
const chain = (table: string, hook: "input" | "output", rules: readonly string[]): string =>
  [
    `add chain inet ${table} ${hook} { type filter hook ${hook} priority -300; }`,
    ...rules.map(rule => `add rule inet ${table} ${hook} ${rule} drop`),
  ].join("; ");

/** A fault that is a packet filter of the machine's own, by rules that may depend on the machine. */
function filtered(
  name: string,
  what: string,
  rules: (machine: FaultTarget) => Partial<Record<"input" | "output", readonly string[]>>,
): Fault {
  const table = `rackplane_${name.replaceAll("-", "_")}`;
  return {
    name,
    what,
    async inject(machine) {
      const { input = [], output = [] } = rules(machine);
      await machine.exec([
        "nft",
        [`add table inet ${table}`, chain(table, "input", input), chain(table, "output", output)].join("; "),
      ]);
    },
    heal: machine => machine.exec(["nft", `delete table inet ${table}`]).then(() => undefined),
  };
}

/** etcd alone loses its peers: API server, BGP and everything else of the machine are as well connected as before. */
const cutEtcd = filtered(
  "cut-etcd",
  "drop what etcd says to its peers and hears from them (port 2380), nothing else",
  () => {
    const peers = ["tcp dport 2380", "tcp sport 2380"];
    return { input: peers, output: peers };
  },
);

const isolate = filtered(
  "isolate",
  "drop every packet between the machine and the other machines; switches and clients reach it",
  ({ others }) => {
    if (others.length === 0) throw new Error("isolate: found no other machine on the rack, expected one at least");
    const set = `{ ${others.join(", ")} }`;
    return { input: [`ip saddr ${set}`], output: [`ip daddr ${set}`] };
  },
);

const mute = filtered("mute", "drop every packet that the machine sends: it hears all and answers nobody", () => ({
  output: [`oifname != "lo"`],
}));

const deaf = filtered("deaf", "drop every packet that the machine gets: it says all and hears nobody", () => ({
  input: [`iifname != "lo"`],
}));

/** What a machine's packets suffer, its link and its programs unharmed. */
export const PACKET_FAULTS: readonly Fault[] = [cutEtcd, isolate, mute, deaf];
