import { Resolver } from "node:dns/promises";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TIMED } from "../../../test/timed";
import { startNameServer } from "../../network/name-server";
import { cacheDir } from "../../topology";

const coredns = path.join(cacheDir(), "bin", "coredns");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-names-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
const at = async () => ({ coredns, folder, address: "127.0.0.1", reached: "127.0.0.1", port: await freePort() });

describe.skipIf(!fs.existsSync(coredns))("the rack's name server", () => {
  it("says of every name at once that there is none, of whatever kind it is asked for", TIMED, async () => {
    const options = await at();
    const server = await startNameServer(options);
    try {
      const resolver = new Resolver({ timeout: 2000, tries: 1 });
      resolver.setServers([`127.0.0.1:${options.port}`]);
      const begin = Date.now();
      const asked = [
        resolver.resolve4("example.com"),
        resolver.resolve6("example.com"),
        resolver.resolveSrv("_https._tcp.example.com"),
      ];
      expect(
        await Promise.all(asked.map(answer => answer.catch((error: NodeJS.ErrnoException) => error.code))),
      ).toEqual(Array(3).fill("ENOTFOUND"));
      expect(Date.now() - begin).toBeLessThan(1000);
    } finally {
      await server.stop();
    }
  });

  it("that cannot listen is told with its own words", async () => {
    const options = await at();
    const taken = net.createServer().listen(options.port, "127.0.0.1");
    try {
      await expect(startNameServer(options)).rejects.toThrow(
        /name server at 127\.0\.0\.1: .*expected it to answer.*\n.*address already in use/s,
      );
    } finally {
      taken.close();
    }
  });
});
