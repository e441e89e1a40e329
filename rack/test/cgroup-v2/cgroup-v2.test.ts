import { afterAll, beforeAll, expect, test } from "vitest";
import { figure } from "../../../bench/rack";
import { DEFAULT_SYSTEM } from "../../machines/systems";
import { EMULATOR, installPackages } from "../../setup/packages";
import { buildDisks, buildMirrors, buildRootFileSystems } from "../../setup/prepare";
import { installTools } from "../../setup/tools";
import { vmImage } from "../../vm/image";
import { bootVm, type Vm } from "../../vm/vm";

const MACHINE = "one-cp-0";
/** Where the machine's cgroup is: commands in the virtual machine run in a service of systemd's. */
const CGROUP = `/sys/fs/cgroup/system.slice/rackplane/${MACHINE}`;

const say = (line: string) => process.stdout.write(`${line}\n`);
let vm: Vm;
let before: string;

/** A command in the virtual machine that is expected to end well; for what it prints. */
async function inVm(command: string, seconds = 600): Promise<string> {
  const { code, output } = await vm.run(command, { seconds, say });
  expect(code, `${command}\n${output}`).toBe(0);
  return output;
}

/**
 * All that a rack could leave on its host, and which controllers the host's cgroups hand down. `ip netns` itself mounts
 * /run/netns at its first use on a host, for good.
 */
const HOST_STATE = `
ip netns list | sort
ip -o link | cut -d: -f2
cut -d' ' -f5 /proc/self/mountinfo | sort | grep -vE '^(/proc/sys/fs/binfmt_misc|/run/netns$)'
find /sys/fs/cgroup -type d -name rackplane
grep -H . /sys/fs/cgroup/cgroup.subtree_control /sys/fs/cgroup/system.slice/cgroup.subtree_control
ps -eo comm= | grep -xE 'kubelet|etcd|kube-.*|bird|docker-registry|containerd.*|pulumi.*' || true
ls -d /var/lib/rackplane* /run/rackplane* /etc/netns 2>/dev/null || true
`;

beforeAll(async () => {
  // What a rack is made of is built here, where there are mirrors; the virtual machine has the cache to read.
  await installPackages(say);
  await installPackages(say, EMULATOR);
  await installTools(say);
  await buildRootFileSystems([DEFAULT_SYSTEM], say);
  await buildMirrors(say, { further: [], versions: [] });
  await buildDisks([DEFAULT_SYSTEM], say);
  const image = await vmImage(say);
  const begin = Date.now();
  vm = await bootVm(image);
  figure("the virtual machine's boot, seconds", Math.round((Date.now() - begin) / 1000));
}, 7200_000);
afterAll(() => {
  if (vm !== undefined) figure("the emulator's processor time, seconds", Math.round(vm.processorSeconds()));
  return vm?.off();
});

test("the virtual machine has cgroup version 2 alone, and no network but its own loopback", async () => {
  const found = await inVm(
    "stat -fc %T /sys/fs/cgroup; ls /sys/class/net; grep -c ' - cgroup ' /proc/self/mountinfo || true",
  );
  expect(found).toBe("cgroup2fs\nlo\n0");
  before = await inVm(HOST_STATE);
});

test("a machine of the rack boots, with a cgroup that only its own systemd puts processes into", async () => {
  await inVm("node --import ./node_modules/tsx/dist/loader.mjs rack/test/cgroup-v2/one-machine.ts", 1800);
  expect(await inVm(`./rackplane ssh ${MACHINE} stat -fc %T /sys/fs/cgroup`)).toBe("cgroup2fs");
  expect(await inVm(`./rackplane ssh ${MACHINE} cat /proc/1/cgroup`)).toBe("0::/init.scope");
  expect(await inVm(`cat ${CGROUP}/cgroup.procs`)).toBe("");
  expect((await inVm(`cat ${CGROUP}/cgroup.controllers`)).split(" ")).toEqual(
    expect.arrayContaining(["cpuset", "cpu", "io", "memory", "hugetlb", "pids"]),
  );
}, 3600_000);

test("its kubelet runs a pod within the pod's limits, by systemd's cgroups", async () => {
  await inVm(`./rackplane ssh ${MACHINE} bash -s <rack/test/cgroup-v2/kubelet.sh`, 1200);
  const pod = await inVm(`find ${CGROUP}/kubepods.slice -name 'kubepods-burstable-pod*.slice'`);
  expect(await inVm(`cat ${pod}/memory.max ${pod}/cpu.max`)).toBe(`${64 * 2 ** 20}\n50000 100000`);
  // The sandbox and the container, each alone in its leaf.
  expect(await inVm(`cat ${pod}/cri-containerd-*.scope/cgroup.procs | wc -l`)).toBe("2");
}, 1800_000);

test("it is frozen whole, and goes on where it was", async () => {
  await inVm(`./rackplane fail freeze ${MACHINE}`);
  expect(await inVm(`grep frozen ${CGROUP}/cgroup.events`)).toBe("frozen 1");
  await inVm(`./rackplane heal freeze ${MACHINE}`);
  expect(await inVm(`grep frozen ${CGROUP}/cgroup.events`)).toBe("frozen 0");
  await inVm(`./rackplane ssh ${MACHINE} systemctl is-active kubelet-alone.service`);
}, 1800_000);

test("down, also after a kill of the daemon, leaves nothing and takes the controllers back", async () => {
  expect(await inVm("cat /sys/fs/cgroup/system.slice/cgroup.subtree_control")).toContain("cpuset");
  await inVm("kill -KILL $(grep -l '[d]aemon/main.ts' /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3)");
  await inVm("./rackplane down", 900);
  expect(await inVm(HOST_STATE)).toBe(before);
}, 1800_000);
