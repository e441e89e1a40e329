import { expect, test } from "vitest";
import { kubectl, onMachine } from "../../cli/operator";
import { ANSWERING, apply, podsOf, processOf, type Pod } from "../live/pods";
import { fail, figure, heal, rackplane, until } from "../live/rack";
import { well, type KindCase } from "./kinds";

const labels = { app: "answering" };

/** One on every worker, whatever its taints; and three that go where ordinary pods may. */
const EVERYWHERE = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "everywhere" },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: podSpec([{ key: "example.com/edge", operator: "Exists" }]) },
  },
};
const ORDINARY = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "ordinary" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "ordinary" } },
    template: { metadata: { labels: { app: "ordinary" } }, spec: podSpec([]) },
  },
};
const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "answering" },
  spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
};

function podSpec(tolerations: object[]) {
  return {
    terminationGracePeriodSeconds: 0,
    tolerations,
    containers: [ANSWERING],
    volumes: [{ name: "config", configMap: { name: "answering" } }],
  };
}

/** From a pod's own network to a URL. */
async function reaches(pod: Pod, url: string): Promise<string> {
  return onMachine(pod.node, ["nsenter", "-t", await processOf(pod, "coredns"), "-n", "curl", "-sS", "-m", "5", url]);
}

async function allReach(count: number): Promise<void> {
  await kubectl(["rollout", "status", "daemonset/everywhere", "--timeout=120s"]);
  const pods = await podsOf("-l", "app=answering");
  expect(pods).toHaveLength(count);
  const service = await kubectl(["get", "service", "answering", "-o", "jsonpath={.spec.clusterIP}"]);
  const asked = pods.flatMap(from => [
    ...pods.map(to => [from, `http://${to.ip}:8080/health`] as const),
    [from, `http://${service}/health`] as const,
  ]);
  const answers = await Promise.all(
    asked.map(async ([from, url]) => `${from.node} ${url} ${await reaches(from, url).catch(String)}`),
  );
  expect(answers).toEqual(asked.map(([from, url]) => `${from.node} ${url} OK`));
}

/** What workers are for, and what becomes of one that is lost. */
export function workersServe(kind: KindCase): void {
  test("pods are scheduled by labels and taints, and reach each other across machines", async () => {
    await apply(EVERYWHERE, ORDINARY, SERVICE);
    await kubectl(["rollout", "status", "deployment/ordinary", "--timeout=120s"]);
    await allReach(kind.workers.length);
    const where = new Set((await podsOf("-l", "app=answering")).map(({ node }) => node));
    expect([...where].sort()).toEqual([...kind.workers].sort());
    const ordinary = (await podsOf("-l", "app=ordinary")).map(({ node }) => node);
    expect(ordinary.filter(node => !node.startsWith("workers-general-"))).toEqual([]);
    const edge = await kubectl([
      "get",
      "nodes",
      "-l",
      "example.com/pool=edge",
      "-o",
      "jsonpath={.items[*].metadata.name}:{.items[*].status.capacity.pods}",
    ]);
    expect(edge).toBe("workers-edge-0:50");
  });

  test("no worker has a key of the cluster's CAs, nor a grant that brings one", async () => {
    for (const worker of kind.workers) {
      // kubelet's own key pair is all that may be there.
      const found = await onMachine(worker, [
        "grep -rlsE 'PRIVATE KEY|\"pki\"' /run/rackplane /etc/rackplane /etc/kubernetes /var/lib/rackplane /root; true",
      ]);
      expect(found).toBe("");
      expect(
        await onMachine(worker, [
          "find /etc /run /var/lib/kubelet -xdev \\( -name ca.key -o -name sa.key -o -name admin.conf \\) 2>/dev/null; true",
        ]),
      ).toBe("");
    }
  });

  test("a worker that is installed anew joins under its name while a control-plane machine is dead", async () => {
    const [worker = ""] = kind.workers;
    const [dead = ""] = kind.controlPlane;
    const before = await kubectl(["get", "node", worker, "-o", "jsonpath={.metadata.uid}"]);
    await fail("power-off", dead);
    await fail("reinstall", worker);
    await until("the endpoint to answer without that machine", 30, ({ endpoint }) => endpoint?.answers === true);
    const up = await rackplane("pulumi", "--stack", kind.stack, "up", "--yes", "--skip-preview");
    expect(up.code, up.output.slice(-4000)).toBe(0);
    figure("worker installed anew, seconds", up.seconds);
    expect(await kubectl(["get", "node", worker, "-o", "jsonpath={.metadata.uid}"])).not.toBe(before);
    await heal("power-off", dead);
    await until("everything to be whole again", 120, well(kind));
    await allReach(kind.workers.length);
  });

  test("a control-plane machine that is installed anew joins: the first one too never forms again", async () => {
    const [first = ""] = kind.controlPlane;
    const before = await kubectl(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
    await fail("reinstall", first);
    const up = await rackplane("up", "--stack", kind.stack);
    expect(up.code, up.output.slice(-4000)).toBe(0);
    figure("first machine installed anew, seconds", up.seconds);
    await until("everything to be whole again", 120, well(kind));
    expect(await kubectl(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"])).toBe(before);
    expect(await onMachine(first, ["test", "!", "-e", "/var/lib/rackplane/formed.json", "&&", "echo", "joined"])).toBe(
      "joined",
    );
  });
}
