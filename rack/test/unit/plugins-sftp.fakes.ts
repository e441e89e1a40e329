import { type SFTPWrapper, utils } from "ssh2";

const { STATUS_CODE } = utils.sftp;
const MODE = { file: 0o100644, directory: 0o040755 } as const;
const attributes = (mode: number, size = 0) => ({ mode, size, uid: 0, gid: 0, atime: 0, mtime: 0 });

/** Keeps what is written over SFTP; directories end in a slash. */
export function serveFiles(sftp: SFTPWrapper, files: Map<string, string>): void {
  const open = new Map<number, { path: string; content: Buffer[] }>();
  const directories = new Set([...files.keys()].filter(path => path.endsWith("/")));
  const isDirectory = (path: string) => path === "/" || directories.has(`${path.replace(/\/$/, "")}/`);
  const stat = (request: number, path: string) => {
    if (isDirectory(path)) return sftp.attrs(request, attributes(MODE.directory));
    const content = files.get(path);
    if (content === undefined) return sftp.status(request, STATUS_CODE.NO_SUCH_FILE);
    sftp.attrs(request, attributes(MODE.file, content.length));
  };
  const ok = (request: number) => sftp.status(request, STATUS_CODE.OK);
  sftp.on("STAT", stat);
  sftp.on("LSTAT", stat);
  sftp.on("MKDIR", (request, path) => {
    directories.add(`${path}/`);
    files.set(`${path}/`, "");
    ok(request);
  });
  sftp.on("OPEN", (request, path) => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(open.size);
    open.set(open.size, { path, content: [] });
    sftp.handle(request, handle);
  });
  sftp.on("WRITE", (request, handle, _offset, data) => {
    open.get(handle.readUInt32BE())?.content.push(Buffer.from(data));
    ok(request);
  });
  sftp.on("FSETSTAT", ok);
  sftp.on("CLOSE", (request, handle) => {
    const file = open.get(handle.readUInt32BE());
    if (file !== undefined) files.set(file.path, Buffer.concat(file.content).toString());
    ok(request);
  });
}
