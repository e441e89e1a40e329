import execa from "execa";
import { expect, test } from "vitest";
import { leftOvers } from "../../machines/clean";
import { cgroupPids } from "../../machines/cgroups";
import { commandLineOf } from "../../machines/processes";
import { rackplane } from "../../../bench/rack";

/** Everything on this host that a rack could leave behind, besides what it counts to itself. */
async function hostState(): Promise<Record<string, string>> {
  const of = async (command: string) => (await execa("sh", ["-c", command])).stdout;
  return {
    namespaces: await of("ip netns list | sort"),
    links: await of("ip -o link | awk -F': ' '{print $2}' | sort"),
    mounts: await of("grep -c rackplane /proc/self/mountinfo || true"),
    cgroups: await of("find /sys/fs/cgroup -type d -name 'rackplane*' | sort"),
    // One that has ended and waits for the host's first process to read its status holds nothing.
    processes: await of(
      "ps -eo stat=,comm= | awk '$1 !~ /^Z/ { print $2 }' | grep -cxE 'kubelet|etcd|kube-apiserver|bird|docker-registry|containerd|pulumi.*' || true",
    ),
    files: await of("ls -d /var/lib/rackplane* /run/rackplane* /etc/netns 2>/dev/null || true"),
  };
}

const NOTHING = { namespaces: "", mounts: "0", cgroups: "", processes: "0", files: "" };

test("after kill -9 of the rack's own processes, down leaves nothing", async () => {
  const daemons = cgroupPids().filter(pid => commandLineOf(pid)?.includes("daemon/main.ts"));
  expect(daemons).toHaveLength(1);
  daemons.forEach(pid => process.kill(pid, "SIGKILL"));
  expect(cgroupPids().length).toBeGreaterThan(10);

  const down = await rackplane("down");
  expect(down.code, down.output).toBe(0);
  expect(await leftOvers()).toEqual([]);
  expect(await hostState()).toMatchObject(NOTHING);
});

test("down of a rack that is not up is no error", async () => {
  expect((await rackplane("down")).code).toBe(0);
});
