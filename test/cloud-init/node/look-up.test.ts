import { spawn } from "node:child_process";
import * as dgram from "node:dgram";
import * as path from "node:path";
import { expect, test } from "vitest";

const LOOK_UP = path.resolve(__dirname, "../../../cloud-init/node/health/look-up.pl");
const NAME = "kubernetes.default.svc.cluster.local";

/** The question's name as an answer record may repeat it: written out, or two bytes that point back. */
const WRITTEN = (question: Buffer) => question.subarray(12, question.length - 4);
const POINTED = () => Buffer.from([0xc0, 12]);
const ADDRESS = Buffer.from([0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 96, 0, 1]);
/** An alias, which is no address. */
const ALIAS = Buffer.from([0, 5, 0, 1, 0, 0, 0, 5, 0, 2, 0xc0, 12]);

type Answer = { code: number; records: (question: Buffer) => Buffer[] };

/** What the program says to a DNS server that answers like that. */
async function lookUp({ code, records }: Answer): Promise<{ status: number | null; words: string }> {
  const server = dgram.createSocket("udp4");
  server.on("message", (question, { port, address }) => {
    const found = records(question);
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(found.length, 6);
    server.send(Buffer.concat([head, question.subarray(12), ...found]), port, address);
  });
  await new Promise<void>(resolve => server.bind(0, "127.0.0.1", resolve));
  const program = spawn("perl", [LOOK_UP, "127.0.0.1", NAME, String(server.address().port)]);
  let words = "";
  program.stdout.on("data", (text: Buffer) => (words += text.toString()));
  program.stderr.on("data", (text: Buffer) => (words += text.toString()));
  const status = await new Promise<number | null>(resolve => program.on("close", resolve));
  server.close();
  return { status, words: words.trim() };
}

test.each<[string, Answer, RegExp]>([
  ["a name that is written out", { code: 0, records: q => [Buffer.concat([WRITTEN(q), ADDRESS])] }, /^10\.96\.0\.1$/],
  ["a name that points back", { code: 0, records: () => [Buffer.concat([POINTED(), ADDRESS])] }, /^10\.96\.0\.1$/],
])("an address is read behind %s", async (_form, answer, words) => {
  const { status, words: said } = await lookUp(answer);
  expect(said).toMatch(words);
  expect(status).toBe(0);
});

test.each<[string, Answer, RegExp]>([
  ["no such name", { code: 3, records: () => [] }, /with no such name$/],
  ["a failure", { code: 2, records: () => [] }, /with a failure of its own$/],
  ["no record", { code: 0, records: () => [] }, /with no answer record$/],
  ["an alias", { code: 0, records: () => [Buffer.concat([POINTED(), ALIAS])] }, /without an address$/],
])("%s fails, and is told by the server and the name", async (_what, answer, words) => {
  const { status, words: said } = await lookUp(answer);
  expect(said).toMatch(words);
  expect(said).toContain(`the DNS server 127.0.0.1 answers for ${NAME}`);
  expect(status).not.toBe(0);
});
