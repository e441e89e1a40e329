import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One directory holds whatever the tests of a run make below the temporary directory, and goes with the run. */
export default function temporary(): () => void {
  const directory = mkdtempSync(join(tmpdir(), "rackplane-unit-"));
  process.env.TMPDIR = directory; // the test processes inherit it
  return () => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
