import { ADDONS } from "./rows/addons";
import { CHANGES } from "./rows/changes";
import { CREATION } from "./rows/creation";
import { KINDS } from "./rows/kinds";
import { REPOSITORY } from "./rows/repository";
import { SYSTEMS } from "./rows/systems";
import type { Suite } from "./suite";

/** Every suite, by subject: a file in `rows/` for each. */
export const SUITES: readonly Suite[] = [...REPOSITORY, ...CREATION, ...CHANGES, ...ADDONS, ...SYSTEMS, ...KINDS];
