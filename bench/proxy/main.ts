import type { lookup, LookupAddress, LookupOptions } from "node:dns";
import { Server } from "proxy-chain";

/**
 * HOST PORT: runs an HTTP proxy until it is ended. Standard output is a line of JSON for its start, and for every host
 * that it is asked to reach. Every name is HOST, as it is to the rack's machines.
 */
const [host = "", port = ""] = process.argv.slice(2);
const line = (value: object) => void process.stdout.write(`${JSON.stringify(value)}\n`);

type Answer = (error: null, address: string | LookupAddress[], family?: number) => void;
const dnsLookup = ((_name: string, { all = false }: LookupOptions, answer: Answer) =>
  all ? answer(null, [{ address: host, family: 4 }]) : answer(null, host, 4)) as unknown as typeof lookup;

const server = new Server({
  host,
  port: Number(port),
  prepareRequestFunction: ({ hostname, port }) => {
    line({ asked: `${hostname}:${port}` });
    return { dnsLookup };
  },
});
void server.listen().then(() => line({ listens: true }));
