import { afterEach, expect, test } from "vitest";
import { kubectl, onMachine } from "../../cli/operator";
import { figure, journal, rackplane, statusNow, until, whole } from "../../../bench/rack";

const DEVICE = "urn:pulumi:rack::rackplane::rackplane:index:Cluster$equinix-metal:index/device:Device::k8s-cp-0";

afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${await journal("lab-cp-0")}\n`);
});

/** What must survive: one cluster has one of each for all its life. */
async function identity(): Promise<Record<string, string>> {
  return {
    configMap: await kubectl([
      "get",
      "configmap",
      "written-before",
      "-n",
      "default",
      "-o",
      "jsonpath={.data.word}{.metadata.uid}",
    ]),
    ca: await kubectl(["get", "configmap", "kube-root-ca.crt", "-n", "default", "-o", "jsonpath={.data.ca\\.crt}"]),
    namespace: await kubectl(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]),
    etcdCluster: await etcdClusterId(),
  };
}

const ETCD = "/etc/kubernetes/pki/etcd";
async function etcdClusterId(): Promise<string> {
  const answer = await onMachine("lab-cp-1", [
    "curl",
    "-sf",
    "--cacert",
    `${ETCD}/ca.crt`,
    "--cert",
    `${ETCD}/peer.crt`,
    "--key",
    `${ETCD}/peer.key`,
    "-X",
    "POST",
    "-d",
    "'{}'",
    "https://127.0.0.1:2379/v3/cluster/member/list",
  ]);
  return (JSON.parse(answer) as { header: { cluster_id: string } }).header.cluster_id;
}

test("a re-created first machine joins and never forms: same cluster, same CA, nothing written is lost", async () => {
  await kubectl(["create", "configmap", "written-before", "-n", "default", "--from-literal=word=kept"]);
  const before = await identity();

  const replaced = await rackplane("pulumi", "up", "--yes", "--skip-preview", "--replace", DEVICE);
  expect(replaced.code, replaced.output.slice(-4000)).toBe(0);
  figure("first machine re-created, seconds", replaced.seconds);
  // Every Node is Ready when the run ends, not some time later.
  expect((await statusNow()).nodes.map(({ name, ready }) => [name, ready])).toEqual(
    ["lab-cp-0", "lab-cp-1", "lab-cp-2"].map(name => [name, true]),
  );

  await until("the control plane to be whole again", 120, whole(3));
  expect(await identity()).toEqual(before);
  expect(replaced.output).toMatch(/Device k8s-cp-0 delet/);
  // The formation is a resource of its own: nothing in this update may have run it.
  expect(replaced.output).not.toMatch(/Command k8s-form (creat|updat|replac)/);
  expect(
    await onMachine("lab-cp-0", ["test", "!", "-e", "/var/lib/rackplane/formed.json", "&&", "echo", "joined"]),
  ).toContain("joined");
});

test("another up after it changes nothing", async () => {
  const again = await rackplane("up");
  expect(again.code, again.output).toBe(0);
  expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
});
