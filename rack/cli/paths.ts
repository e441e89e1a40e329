import * as path from "node:path";
import { STATE_DIR } from "../topology";

/** The checkout that this rack belongs to. */
export const REPOSITORY = path.resolve(__dirname, "../..");

/**
 * Where Pulumi's state, its home and the stacks' files are. RACKPLANE_PULUMI_HOME names another folder, such as a second
 * person has who copied the first one's.
 */
export const pulumiHome = (): string => process.env.RACKPLANE_PULUMI_HOME ?? path.join(STATE_DIR, "pulumi");
