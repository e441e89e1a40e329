import type { Fault } from "./fault";

/** Before every other rule; packets of connections that stand are dropped, too. */
const RULES = ["input", "output"]
  .map(
    hook =>
      `add chain inet rackplane_cut ${hook} { type filter hook ${hook} priority -300; }; ` +
      `add rule inet rackplane_cut ${hook} tcp dport 2380 drop; add rule inet rackplane_cut ${hook} tcp sport 2380 drop`,
  )
  .join("; ");

/** etcd alone loses its peers: API server, BGP and everything else of the machine are as well connected as before. */
export const cutEtcd: Fault = {
  name: "cut-etcd",
  what: "drop what etcd says to its peers and hears from them (port 2380), nothing else",
  inject: machine => machine.exec(["nft", `add table inet rackplane_cut; ${RULES}`]).then(() => undefined),
  heal: machine => machine.exec(["nft", "delete table inet rackplane_cut"]).then(() => undefined),
};
