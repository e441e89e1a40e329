import { once } from "node:events";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandPort } from "../../vm/command-port";

const MACHINES_END = path.resolve(__dirname, "../../vm/image/usr/local/sbin/command-port");

/** Both ends of the port: the machine's is the script itself, on a socket instead of the device. */
describe("the virtual machine's one port", () => {
  let folder: string;
  let server: net.Server;
  let machine: ChildProcess;
  let port: CommandPort;
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "rack-port-"));
    server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: number } = server.address() as net.AddressInfo;
    const script = path.join(folder, "command-port");
    const text = fs.readFileSync(MACHINES_END, "utf8");
    expect(text).toContain("/dev/virtio-ports/command");
    fs.writeFileSync(script, text.replace("/dev/virtio-ports/command", `/dev/tcp/127.0.0.1/${number}`));
    machine = spawn("bash", [script], { stdio: "ignore" });
    const [socket] = (await once(server, "connection")) as [net.Socket];
    port = new CommandPort(socket);
    await port.ready();
  });
  afterEach(() => {
    machine.kill();
    server.close();
    fs.rmSync(folder, { recursive: true });
  });

  it("runs a command after the other, each with what it prints and its exit code", async () => {
    const lines: string[] = [];
    const command = "echo one; echo 'two  =3' >&2; exit 7";
    expect(await port.run(command, line => lines.push(line))).toEqual({ code: 7, output: "one\ntwo  =3" });
    expect(lines).toEqual(["one", "two  =3"]);
    expect(await port.run("cat; printf unended")).toEqual({ code: 0, output: "unended" });
  });
  it("tells when the machine ends in the midst of a command", async () => {
    await expect(port.run("kill $PPID; sleep 0.1; kill -KILL $PPID")).rejects.toThrow(
      /^virtual machine: waited for the end of: .*, but its port was closed; it has ended$/,
    );
  });
});
