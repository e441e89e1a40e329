import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { figure, rackplane, whole } from "../../../bench/rack";
import { announcersBecome } from "../../../bench/scenarios/load-balanced";
import { nameServerReady } from "../../../bench/scenarios/pods";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { output } from "../../command";
import { endpointAnswers, inOps, kubectl, operatorFiles } from "../../cli/operator";
import { readStackFile } from "../../cli/stack-file";
import { CONFORMANCE_IMAGES, referenceOf } from "../../mirrors";
import { cacheDir } from "../../topology";
import { freshStack } from "../fresh-stack";
import { conformanceTests, outcomeOf } from "./report";

const STACK = "rack-services-bgp";
const { hosts } = readStackFile(STACK);
const workers = hosts.filter(({ role }) => role === "worker").length;
const GROUP = "[sig-network]";

/** Tests at once. Most of their time they wait for pods, which two cores bring up no faster for more of them. */
const AT_ONCE = 3;
/** Minutes for all tests; then ginkgo ends them, and tells which were running. */
const LONGEST = 12;

/**
 * Every request of the tests goes through this Service: the workers announce its address, which is one of the stack's
 * range and stands in the API servers' certificates, and their kube-proxy leads what comes there to the API servers.
 */
const ADDRESS = "203.0.113.253";
const API = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "api", namespace: "kube-system", annotations: { "kube-vip.io/loadbalancerIPs": ADDRESS } },
  spec: { type: "LoadBalancer", selector: { component: "kube-apiserver" }, ports: [{ port: 6443 }] },
};

const program = (name: string): string => path.join(cacheDir(), "bin", name);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-conformance-"));
const kubeconfig = path.join(folder, "kubeconfig");

beforeAll(async () => {
  const settings = { "rack:images": CONFORMANCE_IMAGES.map(referenceOf), "rackplane:apiServerNames": [ADDRESS] };
  const lines = Object.entries(settings).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  await withStackFile(
    STACK,
    text => text.replace("config:\n", `config:\n${lines.join("")}`),
    () => freshStack(STACK, whole(hosts.length - workers, { workers })),
  );
  await nameServerReady();
});
afterAll(async () => {
  fs.rmSync(folder, { recursive: true });
  expect((await rackplane("down")).code).toBe(0);
});

test("a Service of type LoadBalancer leads a client outside to the API servers", async () => {
  const files = operatorFiles();
  if (files === undefined) throw new Error(`found no cluster, expected that of ${STACK}`);
  await kubectl(["apply", "-f", "-"], { input: JSON.stringify(API) });
  await announcersBecome("kube-vip-bgp", ADDRESS, machines => machines.length === workers, 60);
  await expect.poll(() => endpointAnswers({ ...files, address: ADDRESS }), { timeout: 30_000 }).toBe(true);
  const through = fs.readFileSync(files.kubeconfig, "utf8").replaceAll(`//${files.address}:`, `//${ADDRESS}:`);
  expect(through.match(/^ *server: .*$/gm)?.map(line => line.trim())).toEqual([`server: https://${ADDRESS}:6443`]);
  fs.writeFileSync(kubeconfig, through, { mode: 0o600 });
});

test(
  "Kubernetes' conformance tests of the network pass, asked through that Service",
  async () => {
    const wanted = conformanceTests(await output([program("e2e.test"), "--list-conformance-tests"]), GROUP);
    const begin = Date.now();
    // Ginkgo's words stand before the program, the program's own behind "--".
    const run = await execa(
      "ip",
      inOps([
        program("ginkgo"),
        `--procs=${AT_ONCE}`,
        String.raw`--focus=\[sig-network\].*\[Conformance\]`,
        `--timeout=${LONGEST}m`,
        `--output-dir=${folder}`,
        "--json-report=report.json",
        "--no-color",
        program("e2e.test"),
        "--",
        `--kubeconfig=${kubeconfig}`,
        `--kubectl-path=${program("kubectl")}`,
        "--provider=skeleton",
      ]),
      { reject: false, all: true, stdin: "ignore", maxBuffer: 1 << 30 },
    );
    const report = path.join(folder, "report.json");
    if (!fs.existsSync(report))
      throw new Error(`ginkgo: found no report, expected ${report}\n${run.all?.slice(-4000)}`);
    const { passed, failed } = outcomeOf(fs.readFileSync(report, "utf8"));
    const minutes = ((Date.now() - begin) / 60_000).toFixed(1);
    figure("conformance tests of the network that pass through a Service", `${passed.length} in ${minutes} minutes`);
    for (const { name, why, log } of failed) process.stdout.write(`${name}\n${why}\n${log.slice(-6000)}\n\n`);
    expect(failed.map(({ name, why }) => `${name}: ${why}`)).toEqual([]);
    expect(passed).toEqual(wanted);
  },
  (LONGEST + 5) * 60_000,
);
