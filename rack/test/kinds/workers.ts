import { expect, test } from "vitest";
import { kubectl, onMachine } from "../../cli/operator";
import { fail, figure, heal, rackplane, until } from "../../../bench/rack";
import { well, type KindCase } from "../../../bench/scenarios/kinds";
import { apply, podsOf } from "../../../bench/scenarios/pods";
import { EVERYWHERE, ORDINARY, reaching, SERVICE } from "../../../bench/scenarios/workers";

async function allReach(count: number): Promise<void> {
  const { pods, found, expected } = await reaching();
  expect(pods).toBe(count);
  expect(found).toEqual(expected);
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
