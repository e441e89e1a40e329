import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readStackFile } from "../../rack/cli/stack-file";

/**
 * Runs `act` with the stack's file changed by `edit`, as if a person had edited it between two runs. The committed file
 * stays as it is.
 */
export async function withStackFile<T>(
  stack: string,
  edit: (text: string) => string,
  act: () => Promise<T>,
): Promise<T> {
  const name = `${stack}.yaml`;
  const before = readStackFile(stack).text;
  const text = edit(before);
  if (text === before) throw new Error(`${name}: the edit changed nothing; expected it to fit the committed file`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-stacks-"));
  const outer = process.env.RACKPLANE_STACKS;
  fs.writeFileSync(path.join(folder, name), text);
  process.env.RACKPLANE_STACKS = folder;
  try {
    return await act();
  } finally {
    if (outer === undefined) delete process.env.RACKPLANE_STACKS;
    else process.env.RACKPLANE_STACKS = outer;
    fs.rmSync(folder, { recursive: true });
  }
}
