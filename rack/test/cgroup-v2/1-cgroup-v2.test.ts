import { afterAll, beforeAll, expect, test } from "vitest";
import { figure, whole } from "../../../bench/rack";
import type { Status } from "../../cli/status";
import { rootfs } from "../../machines/rootfs";
import { EMULATOR, installPackages } from "../../setup/packages";
import { buildDisks, buildMirrors } from "../../setup/prepare";
import { installTools } from "../../setup/tools";
import { vmImage } from "../../vm/image";
import { bootVm, type Vm } from "../../vm/vm";

/** Seconds that an `up` may take under emulation, on a host that has other things to do. */
const UP_SECONDS = 3600;
const STACK = "rack-one";
const MACHINE = "one-cp-0";

const say = (line: string) => process.stdout.write(`${line}\n`);
let vm: Vm;
let before: string;

/** A command in the virtual machine that is expected to end well; for what it prints. */
async function inVm(command: string, seconds = 600): Promise<string> {
  const { code, output } = await vm.run(command, { seconds, say });
  expect(code, `${command}\n${output}`).toBe(0);
  return output;
}

/** All that a rack could leave on its host, and which controllers the host's cgroups hand down. */
const HOST_STATE = `
ip netns list | sort
ip -o link | cut -d: -f2
cut -d' ' -f5 /proc/self/mountinfo | sort
find /sys/fs/cgroup -type d -name 'rackplane*'
grep -H . /sys/fs/cgroup/cgroup.subtree_control /sys/fs/cgroup/system.slice/cgroup.subtree_control
ps -eo comm= | grep -xE 'kubelet|etcd|kube-.*|bird|docker-registry|containerd.*|pulumi.*' || true
ls -d /var/lib/rackplane* /run/rackplane* /etc/netns 2>/dev/null || true
`;

beforeAll(async () => {
  // What the rack of this checkout is made of is built here, where there are mirrors; the machine has the cache to read.
  await installPackages(say);
  await installPackages(say, EMULATOR);
  await installTools(say);
  await rootfs(say);
  await buildMirrors(say);
  await buildDisks(say);
  const begin = Date.now();
  vm = await bootVm(await vmImage(say));
  figure("the virtual machine's boot, seconds", Math.round((Date.now() - begin) / 1000));
}, 7200_000);
afterAll(() => vm?.off());

test("the virtual machine has cgroup version 2 alone, and no network but its own loopback", async () => {
  expect(
    await inVm("stat -fc %T /sys/fs/cgroup; ls /sys/class/net; grep -c ' - cgroup ' /proc/self/mountinfo || true"),
  ).toBe("cgroup2fs\nlo\n0");
  before = await inVm(HOST_STATE);
});

test(
  "a machine of the rack becomes a whole control plane",
  async () => {
    const begin = Date.now();
    await inVm(`./rackplane up --stack ${STACK}`, UP_SECONDS);
    figure("up under emulation, seconds", Math.round((Date.now() - begin) / 1000));
    figure("the emulator's processor time so far, seconds", Math.round(vm.processorSeconds()));
    const now = JSON.parse(await inVm("./rackplane status --json")) as Status;
    expect(whole(1)(now), JSON.stringify(now)).toBe(true);
  },
  UP_SECONDS * 1000,
);

test("its systemd and kubelet have a tree of their own, with every controller that they use", async () => {
  const cgroup = `/sys/fs/cgroup/system.slice/rackplane/${MACHINE}`;
  const controllers = (await inVm(`cat ${cgroup}/kubepods.slice/cgroup.controllers`)).split(" ");
  expect(controllers).toEqual(expect.arrayContaining(["cpu", "cpuset", "io", "memory", "pids"]));
  // What kubelet wrote for a pod by systemd: a slice with the weight of its requests.
  const pods = await inVm(`find ${cgroup}/kubepods.slice -name 'kubepods-burstable-pod*.slice' | head -n 1`);
  expect(Number(await inVm(`cat ${pods}/cpu.weight`))).toBeGreaterThan(0);
  // Neither what started the machine nor what is run in it from outside is in its own cgroup, only what it started.
  expect(await inVm(`cat ${cgroup}/cgroup.procs`)).toBe("");
  expect(await inVm(`./rackplane ssh ${MACHINE} stat -fc %T /sys/fs/cgroup`)).toBe("cgroup2fs");
});

test("it is frozen whole, and goes on where it was", async () => {
  const events = `/sys/fs/cgroup/system.slice/rackplane/${MACHINE}/cgroup.events`;
  await inVm(`./rackplane fail freeze ${MACHINE}`);
  expect(await inVm(`grep frozen ${events}`)).toBe("frozen 1");
  await inVm(`./rackplane heal freeze ${MACHINE}`);
  expect(await inVm(`grep frozen ${events}`)).toBe("frozen 0");
  await inVm("until ./rackplane kubectl get --raw /readyz; do sleep 5; done", 900);
}, 1800_000);

test("down, also after a kill of the daemon, leaves nothing and hands back the controllers", async () => {
  await inVm("kill -KILL $(grep -l '[d]aemon/main.ts' /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3)");
  await inVm("./rackplane down", 900);
  expect(await inVm(HOST_STATE)).toBe(before);
}, 1800_000);
