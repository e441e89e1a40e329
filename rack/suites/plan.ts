import { createHash } from "node:crypto";
import type { Suite } from "./suite";

/**
 * The suites that a test run without names does not have, in the order in which CI tries them: those whose files the
 * change touches, then the others in an order that the commit decides, so that over some commits each has its turn. Those
 * that are open are asked for by name alone.
 * Pure.
 *
 * @param changed paths of the change; none when it is not known
 * @param commit any text that differs from commit to commit
 */
export function furtherSuites(suites: readonly Suite[], changed: readonly string[], commit: string): Suite[] {
  const touched = ({ covers }: Suite) => covers.some(begin => changed.some(file => file.startsWith(begin)));
  const draw = ({ name }: Suite) => createHash("sha256").update(`${commit} ${name}`).digest("hex");
  return suites
    .filter(({ core, open }) => !core && open === undefined)
    .map(suite => ({ suite, key: `${touched(suite) ? 0 : 1} ${draw(suite)}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ suite }) => suite);
}

/**
 * Suites by name; `*` stands for any characters. Pure.
 *
 * @throws Error naming every name that fits none, and the names there are
 */
export function suitesNamed(suites: readonly Suite[], names: readonly string[]): Suite[] {
  const fits = (name: string) => {
    const pattern = new RegExp(`^${name.split("*").map(escaped).join(".*")}$`);
    return suites.filter(suite => pattern.test(suite.name));
  };
  const unknown = names.filter(name => fits(name).length === 0);
  if (unknown.length > 0)
    throw new Error(
      `--suite: found ${unknown.map(name => `"${name}"`).join(", ")}, expected some of ${suites.map(({ name }) => name).join(", ")}; * stands for any characters`,
    );
  return [...new Set(names.flatMap(fits))];
}

const escaped = (text: string) => text.replace(/[.+?^${}()|[\]\\/]/g, "\\$&");
