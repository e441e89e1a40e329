import type { AuthorityStep } from "../../../cloud-init/contract/grant";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addressOf, fail, journal, rackplane, until, whole } from "../../../bench/rack";
import {
  authoritiesOn,
  seenBy,
  signedBySigner,
  signerOn,
  step,
  trusting,
  workerSigned,
} from "../../../bench/scenarios/authorities";
import { outputsOf } from "../../../bench/scenarios/clients";
import { upKilledAt } from "../../../bench/scenarios/interrupted-up";
import { applying, withSettings } from "../../../bench/scenarios/settings";
import type { WatchedUp } from "../../../bench/scenarios/watched";
import { kubectl } from "../../cli/operator";
import { freshStack } from "../fresh-stack";
import { expectUnnoticedUp, tellWatched } from "../unnoticed";

const STACK = "rack-authorities";
const MEMBERS = ["authorities-cp-0", "authorities-cp-1", "authorities-cp-2"];
const WORKER = "authorities-general-0";
const [FIRST = "", , LAST = ""] = MEMBERS;
const well = whole(3, { workers: 1 });
const NODES = [...MEMBERS, WORKER].map(name => `node/${name}`).join("\n");

/** What is asked of each step that is taken. */
function unnoticed(what: string, applied: WatchedUp): void {
  tellWatched(what, applied);
  expectUnnoticedUp(applied);
  expect(applied.up.output + JSON.stringify(applied.read.reasons)).not.toContain("PRIVATE KEY");
}
async function expectSigned(): Promise<void> {
  for (const machine of MEMBERS)
    expect((await signedBySigner(machine, await addressOf(machine))).match(/: OK$/gm), machine).toHaveLength(4);
}
const up = (taken: AuthorityStep) => withSettings(STACK, step(taken), () => rackplane("up", "--stack", STACK));
/** A member and the worker lose their disks and join again. */
async function reinstalled(taken: AuthorityStep): Promise<void> {
  await fail("reinstall", LAST);
  await fail("reinstall", WORKER);
  const joined = await up(taken);
  expect(joined.code, joined.output.slice(-6000)).toBe(0);
  await until("the cluster to be whole", 180, well);
}
const clusterId = (): Promise<string> => kubectl(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);

describe("the certificate authorities of a cluster that runs", () => {
  let first = { kubeconfig: "", caCertificate: "" };
  let both = "";
  let signer = "";
  let cluster = "";
  beforeAll(async () => {
    await freshStack(STACK, well);
    first = await outputsOf(STACK);
    signer = await signerOn(FIRST);
    cluster = await clusterId();
  });
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      for (const name of [...MEMBERS, WORKER]) process.stdout.write(`${name}:\n${await journal(name)}\n`);
  });

  test("take no step before the one that is due: nothing is changed, and the words say which comes first", async () => {
    const skipped = await applying(STACK, step("forget"));
    expect(skipped.up.code).not.toBe(0);
    expect(skipped.up.output).toMatch(/no step was begun/);
    expect([skipped.read.failed, skipped.written.lost]).toEqual([0, []]);
    for (const machine of MEMBERS) expect(await authoritiesOn(machine), machine).toEqual([1, 1, 1]);
    expect(await signerOn(FIRST)).toBe(signer);
  });

  test("are trusted side by side after the first `up`, and neither a reader nor a writer at the VIP notices", async () => {
    const applied = await applying(STACK, step("trust"));
    unnoticed("trust", applied);
    expect(applied.up.output).toContain("then set certificates.authorities.step to sign and run 'pulumi up'");
    await until("the cluster to be whole", 120, well);
    for (const machine of MEMBERS) expect(await authoritiesOn(machine), machine).toEqual([2, 2, 2]);
    for (const machine of MEMBERS) expect(await signerOn(machine), machine).toBe(signer);
    both = (await outputsOf(STACK)).caCertificate;
    expect(both.match(/BEGIN/g)).toHaveLength(2);
    expect(await seenBy(first.kubeconfig)).toBe(NODES);
    expect((await kubectl(["get", "configmap", "kube-root-ca.crt", "-o", "jsonpath={.data.ca\\.crt}"])).trim()).toBe(
      both.trim(),
    );
  });

  test("are both given to a member and a worker that join between two steps", async () => {
    await reinstalled("trust");
    expect(await authoritiesOn(LAST)).toEqual([2, 2, 2]);
    expect(await signerOn(LAST)).toBe(signer);
    expect(await workerSigned(WORKER)).toMatch(/^2\n.*: OK$/);
  });

  test("sign after the second, though an `up` is killed with SIGKILL half-way; what the earlier ones signed is still good", async () => {
    await withSettings(STACK, step("sign"), () =>
      upKilledAt(/(member change: have every certificate signed[^]*){2}/, 600, "--stack", STACK),
    );
    const applied = await applying(STACK, step("sign"));
    unnoticed("sign, after a killed one", applied);
    expect(applied.up.output).toContain("then set certificates.authorities.step to forget and run 'pulumi up'");
    await until("the cluster to be whole", 120, well);
    await expectSigned();
    for (const machine of MEMBERS) expect(await signerOn(machine), machine).not.toBe(signer);
    expect(await workerSigned(WORKER)).toMatch(/^1\n.*: OK$/);
    // It trusts no server of today, and the servers trust it.
    expect(await seenBy(first.kubeconfig)).toMatch(/certificate signed by unknown authority/);
    expect(await seenBy(trusting(first.kubeconfig, both))).toBe(NODES);
  });

  test("are alone after the third: an old kubeconfig is refused, a new one works, and so do pods", async () => {
    const signed = await outputsOf(STACK);
    const applied = await applying(STACK, step("forget"));
    unnoticed("forget", applied);
    expect(applied.up.output).toContain("this exchange has ended");
    await until("the cluster to be whole", 120, well);
    for (const machine of MEMBERS) expect(await authoritiesOn(machine), machine).toEqual([1, 1, 1]);
    await expectSigned();
    expect(await seenBy(trusting(first.kubeconfig, both))).toMatch(/Unauthorized|must be logged in/);
    expect(await seenBy(signed.kubeconfig)).toBe(NODES);
    expect(await seenBy((await outputsOf(STACK)).kubeconfig)).toBe(NODES);
    expect(await clusterId()).toBe(cluster);
    const extensions = ["get", "configmap", "extension-apiserver-authentication", "-n", "kube-system", "-o", "json"];
    expect((await kubectl(extensions)).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    // The controller manager makes it, the scheduler places it, a kubelet starts it.
    await kubectl(["create", "deployment", "placed", "--image=registry.k8s.io/pause:3.10.1", "--replicas=1"]);
    await kubectl(["wait", "--for=condition=Available", "deployment/placed", "--timeout=90s"]);
    expect(await kubectl(["logs", "-n", "kube-system", `kube-apiserver-${LAST}`, "--tail=1"])).not.toBe("");
    await kubectl(["delete", "deployment", "placed"]);
  });

  test("are what joins from then on, and the next `up` changes nothing", async () => {
    await reinstalled("forget");
    await expectSigned();
    expect(await workerSigned(WORKER)).toMatch(/^1\n.*: OK$/);
    expect((await up("forget")).output).not.toMatch(/member change|\b(created|updated|deleted|replaced)\b/);
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
