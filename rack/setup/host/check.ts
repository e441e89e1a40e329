import { hostFacts } from "./facts";
import { hostFindings } from "./findings";

/**
 * Looks whether this host can carry a rack, before anything is installed or built.
 *
 * @throws Error with everything that is missing
 */
export async function checkHost(): Promise<void> {
  const findings = hostFindings(await hostFacts());
  if (findings.length > 0)
    throw new Error(
      `this host cannot carry a rack; nothing was changed on it:\n${findings.map(f => `  ${f}`).join("\n")}`,
    );
}
