import { kubectl, onMachine } from "../../rack/cli/operator";
import { readStackFile } from "../../rack/cli/stack-file";
import { summarise, type Attempt, type Outcome } from "../probe/outcome";

const STACK = "rack-workers";
/** Left out: two cores hold three members and two workers. */
const TOO_MANY = "workers-general-1";
const LATER = ["workers-cp-1", "workers-cp-2"];
export const WORKERS = ["workers-general-0", "workers-edge-0"];

/** An edit of `rack-workers`: with one member or three, and with balancers on the workers or without. */
export const edited =
  ({ members, own }: { readonly members: 1 | 3; readonly own: boolean }) =>
  (text: string): string =>
    text
      .split("\n")
      .filter(line => ![TOO_MANY, ...(members === 1 ? LATER : [])].some(name => line.includes(`name: ${name},`)))
      .join("\n")
      .replace(/(kind: kube-vip-arp)/, own ? "$1" : "$1\n    nodeLocalBalancer: false");

/** The machines that leave when three members become one. */
export const LEAVING: readonly string[] = LATER;

/**
 * Asks the endpoint from a worker as its kubelet does, on 20 new connections a second, while `act` runs; three seconds
 * more before and after it.
 */
export async function askingFrom(worker: string, act: () => Promise<unknown>): Promise<Outcome> {
  const { address = "", port } = readStackFile(STACK).endpoint;
  const over = "/run/asking-over";
  const once = `at=$EPOCHREALTIME; code=$(curl -s -m 1 -o /dev/null --cacert /etc/kubernetes/pki/ca.crt -w '%{http_code}' https://${address}:${port}/livez); echo "$at $code"`;
  const asking = onMachine(worker, [
    `bash -c '${`rm -f ${over}; exec 9<><(:); until [ -e ${over} ]; do { ${once}; } & read -rt 0.05 -u 9; done; wait`.replaceAll("'", `'\\''`)}'`,
  ]);
  try {
    await pause(3);
    await act();
    await pause(3);
  } finally {
    await onMachine(worker, ["touch", over]);
  }
  return summarise(attemptsOf(await asking));
}

const pause = (seconds: number) => new Promise(resolve => setTimeout(resolve, seconds * 1000));

const attemptsOf = (lines: string): Attempt[] =>
  lines
    .split("\n")
    .map(line => line.split(" "))
    .filter(words => words.length === 2)
    .map(([at, code]) => ({ at: Number(at), result: code === "200" ? "ok" : `http ${code}` }));

/** Since when each worker's Node has been Ready; the text changes if one was NotReady meanwhile, however shortly. */
export const readySince = (): Promise<string> =>
  kubectl([
    "get",
    "nodes",
    "-l",
    "!node-role.kubernetes.io/control-plane",
    "-o",
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].lastTransitionTime}{"\\n"}{end}',
  ]);

/** The programs of a worker whose connections to the endpoint go by its own balancer, and those that go past it. */
export async function clientsOf(worker: string): Promise<{ readonly by: string[]; readonly past: string[] }> {
  const { address = "", port } = readStackFile(STACK).endpoint;
  const all = await onMachine(worker, [`ss -Htnp state established dst ${address}:${port}`]);
  const balanced = await onMachine(worker, ["ss -Htn state established sport = :7445"]);
  const by = new Set(balanced.split("\n").map(line => line.trim().split(/\s+/)[3]));
  const clients = all
    .split("\n")
    .map(line => ({ from: line.trim().split(/\s+/)[2], program: /\(\("([^"]+)"/.exec(line)?.[1] }))
    .flatMap(({ from, program }) => (program === undefined ? [] : [{ program, led: by.has(from) }]));
  const named = (led: boolean) => [...new Set(clients.flatMap(one => (one.led === led ? [one.program] : [])))].sort();
  return { by: named(true), past: named(false) };
}
