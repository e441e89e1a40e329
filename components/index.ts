/** Rackplane as a library: `import { Cluster } from "rackplane"`. */
export { Cluster, type MachineOutput } from "./cluster";
export type { ClusterArgs } from "./config/args";
