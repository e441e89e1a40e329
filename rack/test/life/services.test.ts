import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { figure, rackplane, until, whole } from "../../../bench/rack";
import { nameServerReady } from "../../../bench/scenarios/pods";
import { askDns, askService, forceFullSync } from "../../../bench/scenarios/services";
import { kubectl } from "../../cli/operator";

/** The stack rack: three machines, and kube-proxy writes its rules with nft. */
const MACHINES = ["lab-cp-0", "lab-cp-1", "lab-cp-2"];
const INSIDE = "kubernetes.default.svc.cluster.local";
const NOWHERE = "nowhere.example.com";

beforeAll(async () => {
  const up = await rackplane("up");
  expect(up.code, up.output.slice(-4000)).toBe(0);
  await until("the cluster to be whole", 90, whole(3));
  await nameServerReady();
});
afterEach(async context => {
  if (context.task.result?.state === "fail")
    process.stdout.write(`${await kubectl(["logs", "-n", "kube-system", "-l", "k8s-app=kube-proxy", "--tail=30"])}\n`);
});
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

describe.each(MACHINES)("on %s", machine => {
  test("a Service and the cluster's DNS still answer after a full sync of kube-proxy, which comes every hour", async () => {
    expect(await askService(machine)).toBe("ok");
    for (let sync = 0; sync < 2; sync++) {
      await forceFullSync(machine);
      expect(await askService(machine), `after full sync ${sync}`).toBe("ok");
      expect(await askDns(machine, INSIDE), `after full sync ${sync}`).toMatchObject({ rcode: 0, answers: 1 });
    }
  });

  test("a name that is nowhere is refused at once", async () => {
    const answer = await askDns(machine, NOWHERE);
    figure(`${machine}, a name that is nowhere, seconds, the way to the machine included`, answer.seconds);
    expect(answer).toMatchObject({ rcode: 3, answers: 0 });
    expect(answer.seconds).toBeLessThan(2);
  });
});
