import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { figure, rackplane, until, whole } from "../../../bench/rack";
import { nameServerReady } from "../../../bench/scenarios/pods";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { REPOSITORY } from "../../cli/paths";
import { kubectl } from "../../cli/operator";
import { readStackFile } from "../../cli/stack-file";
import { CHARTS, render, type KubernetesObject, type Rendered } from "./charts";

const STACK = "rack-manifests";
const FILE = "rack/stacks/manifests/flannel.yaml";
const { endpoint } = readStackFile(STACK);
const well = whole(1, { workers: 1, announcers: 1 });

/** The stack's file with another way to connect pods. */
const none = (text: string) => text.replace("kind: manifests", "kind: none").replace(/^ +manifests: \[.*\n/m, "");
const up = () => rackplane("up", "--stack", STACK);

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

describe("no pod network", () => {
  let first: Awaited<ReturnType<typeof rackplane>>;

  beforeAll(async () => {
    expect((await rackplane("down")).code).toBe(0);
    first = await withStackFile(STACK, none, up);
  });

  test("up ends, and says what is missing", () => {
    figure("up without a pod network, seconds", first.seconds);
    expect(first.code, first.output.slice(-6000)).toBe(0);
    expect(first.output).toMatch(
      /0 of 2 Nodes are Ready; no pod network \(network\.kind none\), .*: manifests-cp-0, manifests-general-0\. Install one/,
    );
  });

  test("the doctor names it first", async () => {
    const { code, output } = await rackplane("doctor", "--stack", STACK);
    expect(code).toBe(1);
    expect(output).toMatch(
      /the first fault of .*\n +manifests-cp-0 and manifests-general-0: its Node is not Ready, as the cluster has no pod network/,
    );
  });

  test("a changed kind is refused, with the way to go on", async () => {
    const { code, output } = await up();
    expect(code).not.toBe(0);
    expect(output).toContain("network.kind: found manifests, expected none");
    expect(output).toContain("make another cluster with these settings");
    expect(await kubectl(["get", "namespaces", "-o", "name"])).not.toContain("own-network");
  });

  describe("a chart, rendered with the product's values, fits the rack's API server:", () => {
    let rendered: readonly Rendered[];

    beforeAll(async () => {
      rendered = await render(endpoint.address ?? "");
    });

    test.each(CHARTS.map(({ kind }) => kind))("%s", async kind => {
      const { objects, values, namespace } = rendered.find(each => each.kind === kind)!;
      figure(`${kind}: objects`, objects.length);
      expect(objects.length).toBeGreaterThan(5);
      expect(JSON.stringify(values)).toContain(endpoint.address);
      // What others are checked against has to be there: it is made, in a cluster that is thrown away.
      const first = objects.filter(({ kind }) => kind === "Namespace" || kind === "CustomResourceDefinition");
      const room = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
      await apply([room, ...first]);
      const definitions = first.filter(({ kind }) => kind === "CustomResourceDefinition");
      for (const { metadata } of definitions)
        await kubectl(["wait", "--for=condition=Established", `crd/${metadata.name}`, "--timeout=60s"]);
      const others = objects.filter(object => !first.includes(object));
      const told = await apply(others, "--dry-run=server");
      expect(told.trim().split("\n")).toHaveLength(others.length);
    });

    test("Cilium asks the endpoint, in place of kube-proxy; Calico's pods have addresses of network.podCidr", () => {
      const text = (kind: string) => JSON.stringify(rendered.find(each => each.kind === kind)?.objects);
      expect(text("cilium")).toContain(`"name":"KUBERNETES_SERVICE_HOST","value":"${endpoint.address}"`);
      expect(text("cilium")).toContain('"kube-proxy-replacement":"true"');
      expect(text("cilium")).toContain('"ipam":"kubernetes"');
      expect(text("calico")).toContain('"cidr":"10.244.0.0/16"');
      expect(text("calico")).toContain(`"KUBERNETES_SERVICE_HOST":"${endpoint.address}"`);
    });
  });

  test("a person brings one later: Nodes become Ready, and the doctor finds nothing", async () => {
    const brought = () => kubectl(["apply", "--server-side", "-f", `${REPOSITORY}/${FILE}`]);
    // The Namespace and the CustomResourceDefinition stand below what needs them.
    await brought().catch(() => undefined);
    await kubectl(["wait", "--for=condition=Established", "crd/ownnetworks.example.com", "--timeout=60s"]);
    await brought();
    const { seconds } = await until("the cluster to be whole", 120, well);
    figure("Nodes are Ready after the network was brought, seconds", seconds);
    await healthy();
  });
});

describe("a person's manifests", () => {
  test("that are bad are refused with file and document, before anything is made", async () => {
    const bad = (text: string) =>
      text.replace(/manifests: \[.*\]/, `manifests: [{ path: rack/test/pod-network/bad.yaml }]`);
    const { code, output } = await withStackFile(STACK, bad, up);
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /network\.manifests\[0\]\.path: rack\/test\/pod-network\/bad\.yaml, document 2 \(line 5\): kind: found nothing/,
    );
  });

  test("make every Node Ready without a hand, and the doctor finds nothing", async () => {
    expect((await rackplane("down")).code).toBe(0);
    const { code, output, seconds } = await up();
    expect(code, output.slice(-6000)).toBe(0);
    figure("up with a person's manifests, seconds", seconds);
    expect(output).toContain("2 of 2 Nodes are Ready");
    expect(await kubectl(["-n", "own-network", "get", "ownnetworks", "-o", "name"])).toContain("/pods");
    await until("the cluster to be whole", 60, well);
    await healthy();
  });

  test("are the same at another up", async () => {
    const { code, output } = await up();
    expect(code, output.slice(-4000)).toBe(0);
    expect(output).not.toMatch(/^ +[~+-] +\d+ /m);
  });
});

/** Also once CoreDNS has begun to serve. */
async function healthy(): Promise<void> {
  await nameServerReady();
  const { code, output } = await rackplane("doctor", "--stack", STACK);
  expect(output).toMatch(/ is healthy: \d+ machines, \d+ examinations, nothing found$/m);
  expect(code).toBe(0);
}

const apply = (objects: readonly (KubernetesObject | object)[], ...options: string[]): Promise<string> =>
  kubectl(["apply", "--server-side", "--force-conflicts", ...options, "-f", "-"], {
    input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  });
