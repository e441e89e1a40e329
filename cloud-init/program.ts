import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as tar from "tar";

/** Where the on-node program lies on a machine. */
export const PROGRAM_DIRECTORY = "/opt/rackplane";

/**
 * The on-node program: the constant files of `node/`, byte for byte. Nothing in it depends on the cluster; what varies
 * is in `node.json` (`NodeSpec`). `boot/` comes with user data, the rest is brought over SSH.
 */
const SOURCE = path.join(__dirname, "node");

/** The whole program as a file to copy, and the hash that names it. */
export interface ProgramArchive {
  /** A tar file on this computer. */
  readonly path: string;
  /** SHA-256 of the file in hex. It changes when the program does, and only then. */
  readonly hash: string;
}

let archive: ProgramArchive | undefined;

/**
 * Not compressed: compression differs from one version of Node.js to the next, and the hash would differ with it.
 */
export function programArchive(): ProgramArchive {
  archive ??= writeArchive(privateFolder());
  return archive;
}

/** Every file of the program, relative to {@link PROGRAM_DIRECTORY}, sorted so that no file system decides the order. */
export function programFiles(): string[] {
  return filesBelow(SOURCE).map(file => path.relative(SOURCE, file).split(path.sep).join("/"));
}

/** A file of the program as text. */
export const programFile = (file: string): string => fs.readFileSync(path.join(SOURCE, file), "utf8");

/** What user data brings: enough to prepare a machine and to wait for it. */
export const bootFiles = (): string[] =>
  programFiles().filter(file => file.startsWith("boot/") || file === "bin/rackplane");

/**
 * A file of the program without its comment lines: user data has little room, and the first grant brings the program
 * whole. A verb's second line stays, as it says what the verb does.
 */
export const bareProgramFile = (file: string): string =>
  programFile(file)
    .split("\n")
    .filter((line, i) => i < 2 || !/^\s*#( |$)/.test(line))
    .join("\n");

function writeArchive(folder: string): ProgramArchive {
  const draft = path.join(folder, `draft-${process.pid}.tar`);
  tar.create({ ...CONSTANT, sync: true, file: draft, cwd: SOURCE }, programFiles());
  const hash = createHash("sha256").update(fs.readFileSync(draft)).digest("hex");
  const file = path.join(folder, `program-${hash}.tar`);
  // In one step: the engine of another run may be reading it.
  fs.renameSync(draft, file);
  return { path: file, hash };
}

/** Everything in `bin/` is a program, the rest is read by it. */
export const modeOf = (file: string): number => (file.startsWith("bin/") ? 0o755 : 0o644);

/** Owner, time and the checkout's umask must not show in the archive, or the hash would differ. */
const CONSTANT = {
  portable: true,
  mtime: new Date(0),
  onWriteEntry: (entry: { path: string; stat?: fs.Stats }) => {
    if (entry.stat !== undefined) entry.stat.mode = (entry.stat.mode & ~0o777) | modeOf(entry.path);
  },
};

/**
 * A folder of this user's own among the temporary files: another user of this computer must not be able to put a file
 * there. It stays: the engine still reads the archive when this program has ended early.
 */
function privateFolder(): string {
  const { uid } = os.userInfo();
  const folder = path.join(os.tmpdir(), `rackplane-program-${uid}`);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = fs.lstatSync(folder);
  if (!found.isDirectory() || (uid >= 0 && (found.uid !== uid || (found.mode & 0o077) !== 0)))
    throw new Error(`${folder}: found it open to other users, expected a folder of yours alone; remove it`);
  return folder;
}

/** Every file below a directory. */
function filesBelow(directory: string): string[] {
  return (
    fs
      .readdirSync(directory, { withFileTypes: true })
      // An editor's swap and backup files are no part of the program.
      .filter(entry => !entry.name.startsWith(".") && !entry.name.endsWith("~"))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(entry => {
        const file = path.join(directory, entry.name);
        return entry.isDirectory() ? filesBelow(file) : [file];
      })
  );
}
