import * as path from "node:path";
import type { SFTPWrapper } from "ssh2";

/** SFTP's "no such file" status. */
const NO_SUCH_FILE = 2;

/** The few file operations that a copy needs, as promises whose errors name the file. */
export class RemoteFiles {
  constructor(private readonly sftp: SFTPWrapper) {}

  async kind(file: string): Promise<"file" | "directory" | "absent"> {
    return new Promise((resolve, reject) => {
      this.sftp.stat(file, (error, stats) => {
        if (error === undefined || error === null) return resolve(stats.isDirectory() ? "directory" : "file");
        if ("code" in error && error.code === NO_SUCH_FILE) return resolve("absent");
        reject(new Error(`stat ${file}: ${error.message}`));
      });
    });
  }

  async makeDirectories(directory: string): Promise<void> {
    if ((await this.kind(directory)) !== "absent") return;
    await this.makeDirectories(path.posix.dirname(directory));
    await this.promise(`mkdir ${directory}`, done => this.sftp.mkdir(directory, done));
  }

  write(file: string, text: string): Promise<void> {
    return this.promise(`write ${file}`, done => this.sftp.writeFile(file, text, done));
  }

  upload(from: string, to: string): Promise<void> {
    return this.promise(`put ${from} to ${to}`, done => this.sftp.fastPut(from, to, done));
  }

  private promise(what: string, act: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      act(error => (error ? reject(new Error(`${what}: ${error.message}`)) : resolve()));
    });
  }
}
