import { describe } from "vitest";
import { kindCases } from "../../../bench/scenarios/kinds";
import { kindServes } from "../kinds/serves";

// Of the kinds that need no BGP, the one with the most parts of its own; the suites kind-* have all, with all faults.
describe.each(kindCases("haproxy"))("$name", kind => kindServes({ ...kind, faults: ["power-off"] }));
