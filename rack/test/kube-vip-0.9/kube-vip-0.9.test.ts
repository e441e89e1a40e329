import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { kubectl } from "../../cli/operator";
import { fail, figure, journal, rackplane, until, whole } from "../../../bench/rack";
import { probing } from "../../../bench/probe/probing";
import { withStackFile } from "../../../bench/scenarios/stack-edit";

const IMAGE = "ghcr.io/kube-vip/kube-vip:v0.9.1";

/** People who pinned their release run it under the manifests that are made for the newest one. */
describe.each([
  {
    stack: "rack",
    naming: (text: string) =>
      text.replace(
        "  rackplane:ssh:",
        `  rackplane:endpoint:\n    kind: kube-vip-bgp\n    image: ${IMAGE}\n  rackplane:ssh:`,
      ),
    announcers: 3,
    fault: "kill-apiserver",
    longestOutage: 1.5,
  },
  {
    stack: "rack-arp",
    naming: (text: string) => text.replace("kind: kube-vip-arp", `kind: kube-vip-arp\n    image: ${IMAGE}`),
    announcers: 1,
    fault: "reboot",
    longestOutage: 4,
  },
])("$stack with kube-vip 0.9.1", ({ stack, naming, announcers, fault, longestOutage }) => {
  const well = whole(3, { announcers });
  let up: Awaited<ReturnType<typeof rackplane>>;
  let looked: string | undefined;

  beforeAll(async () => {
    expect((await rackplane("down")).code).toBe(0);
    up = await withStackFile(stack, naming, () => rackplane("up", "--stack", stack));
  });

  afterAll(async () => {
    expect((await rackplane("down")).code).toBe(0);
  });

  afterEach(async context => {
    if (context.task.result?.state === "fail" && looked) process.stdout.write(`${looked}:\n${await journal(looked)}\n`);
  });

  test("comes up whole, and that release announces the VIP", async () => {
    expect(up.code, up.output.slice(-6000)).toBe(0);
    await until("the cluster to be whole", 90, well);
    const images = await kubectl([
      "get",
      "pods",
      "-n",
      "kube-system",
      "-l",
      "app.kubernetes.io/name=kube-vip",
      "-o",
      "jsonpath={.items[*].spec.containers[*].image}",
    ]);
    expect(images.split(" ")).toEqual([IMAGE, IMAGE, IMAGE]);
  });

  test(`outlives ${fault}`, { retry: 1 }, async () => {
    const { now } = await until("the cluster to be whole before the fault", 180, well);
    looked = now.endpoint?.announcers[0] ?? "";
    const machine = looked;
    const outcome = await probing(() => fail(fault, machine), 30);
    figure(
      `${stack}, ${fault}: failed, outage seconds`,
      `${outcome.failed} of ${outcome.total}, ${outcome.outageSeconds}`,
    );
    await until("the cluster to be whole after the fault", 180, well);
    expect(outcome.outageSeconds).toBeLessThanOrEqual(longestOutage);
  });
});
