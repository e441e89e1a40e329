import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { existingCgroups, setFrozen, thawEverything } from "../../machines/cgroups";
import { chosen } from "../../machines/cgroups/chosen";
import { handDown, takeBackControllers } from "../../machines/cgroups/controllers";

/** A tree of plain files that stands for /sys/fs/cgroup: the kernel's answers are written into it beforehand. */
let top: string;
beforeEach(() => {
  top = fs.mkdtempSync(path.join(os.tmpdir(), "rack-cgroups-"));
});
afterEach(() => fs.rmSync(top, { recursive: true }));

const write = (file: string, text: string) => {
  fs.mkdirSync(path.dirname(path.join(top, file)), { recursive: true });
  fs.writeFileSync(path.join(top, file), text);
};
const read = (file: string) => fs.readFileSync(path.join(top, file), "utf8");

describe("version 1", () => {
  const mounted = ["cpu,cpuacct", "cpuset", "devices", "freezer", "memory", "pids", "name=systemd"];
  const mountinfo = (controllers: readonly string[]) =>
    [
      "20 1 0:1 / / rw - ext4 /dev/vda rw",
      ...controllers.map((one, i) => `3${i} 20 0:3${i} / ${top}/${one} rw - cgroup cgroup rw,${swapped(one)}`),
      `39 20 0:39 / ${top}/unified rw - cgroup2 cgroup2 rw`,
    ].join("\n");
  const swapped = (controllers: string) => controllers.split(",").reverse().join(",");
  const sits = (memory: string) =>
    [...mounted.map((one, i) => `${i + 1}:${one}:${one === "memory" ? memory : "/user"}`), "0::/user", ""].join("\n");
  const host = (memory = "/box/7") => chosen(mountinfo(mounted), sits(memory));
  beforeEach(() => {
    write("cpuset/cpuset.cpus", "0-1\n");
    write("cpuset/cpuset.mems", "0\n");
  });

  it("is used where its controllers are mounted, also beside version 2", () => {
    expect(host().version).toBe(1);
  });
  it("has a machine below the top of each hierarchy, and for memory below the caller's own place", () => {
    expect(
      host()
        .makeMachine("demo-cp-0")
        .map(directory => path.relative(top, directory)),
    ).toEqual([
      "cpu,cpuacct/rackplane/demo-cp-0",
      "cpuset/rackplane/demo-cp-0",
      "devices/rackplane/demo-cp-0",
      "freezer/rackplane/demo-cp-0",
      "memory/box/7/rackplane/demo-cp-0",
      "pids/rackplane/demo-cp-0",
      "name=systemd/rackplane/demo-cp-0",
      "unified/rackplane/demo-cp-0",
    ]);
    expect(read("cpuset/rackplane/cpuset.cpus")).toBe("0-1\n");
    expect(read("cpuset/rackplane/cgroup.clone_children")).toBe("1");
  });
  it("has it in the same place when a process of the rack asks", () => {
    expect(host("/box/7/rackplane/demo-cp-0").makeMachine("demo-cp-0")).toEqual(host().makeMachine("demo-cp-0"));
  });
  it("counts the rack's own processes where they are found and frozen", () => {
    expect(host().makeRack()).toEqual([`${top}/freezer/rackplane`, `${top}/pids/rackplane`]);
  });
  it("that lacks controllers is refused with all of them, and with the way to version 2", () => {
    expect(() => chosen(mountinfo(["memory", "pids"]), "1:memory:/\n2:pids:/\n")).toThrow(
      "cgroups, version 1: found the controllers memory, pids, expected also cpu, cpuacct, cpuset, devices, freezer. " +
        "Mount them below /sys/fs/cgroup, or give the host version 2 (kernel parameter systemd.unified_cgroup_hierarchy=1)",
    );
  });
});

const ALL = "cpuset cpu io memory hugetlb pids rdma misc";

/** A cgroup of version 2; the kernel's root has no type. */
function cgroup(directory: string, { type, procs = "", down = "" }: { type?: string; procs?: string; down?: string }) {
  write(path.join(directory, "cgroup.controllers"), `${ALL}\n`);
  write(path.join(directory, "cgroup.subtree_control"), down);
  write(path.join(directory, "cgroup.procs"), procs);
  if (type !== undefined) write(path.join(directory, "cgroup.type"), `${type}\n`);
}
const unified = (own: string) =>
  chosen(`24 20 0:22 / ${top} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate`, `0::${own}\n`, path.join(top, "state"));

describe("version 2", () => {
  const SESSION = "/user.slice/user-0.slice/session-1.scope";
  beforeEach(() => {
    cgroup("", { procs: "1\n2\n", down: "cpu io memory pids" });
    cgroup("user.slice", { type: "domain" });
    cgroup("user.slice/user-0.slice", { type: "domain", down: ALL });
    cgroup(SESSION, { type: "domain", procs: "700\n" });
    // The kernel makes a cgroup's files with its directory.
    for (const rack of ["rackplane", "user.slice/rackplane", "user.slice/user-0.slice/rackplane"])
      cgroup(rack, { type: "domain" });
  });

  it("has the rack as deep below the caller's limits as controllers can be handed down", () => {
    expect(unified(SESSION).makeMachine("demo-cp-0")).toEqual([`${top}/user.slice/user-0.slice/rackplane/demo-cp-0`]);
    expect(read("user.slice/user-0.slice/rackplane/cgroup.subtree_control")).toBe(
      "+cpuset +cpu +io +memory +hugetlb +pids",
    );
  });
  it("asks the cgroups above only for what they do not hand down yet", () => {
    unified(SESSION).makeMachine("demo-cp-0");
    expect(read("cgroup.subtree_control")).toBe("+cpuset +hugetlb");
    expect(read("user.slice/cgroup.subtree_control")).toBe("+cpuset +cpu +io +memory +hugetlb +pids");
    expect(read("user.slice/user-0.slice/cgroup.subtree_control")).toBe(ALL);
  });
  it("has no place for the rack below a cgroup with processes or one of threads", () => {
    cgroup("user.slice/user-0.slice", { type: "domain threaded" });
    expect(unified(SESSION).makeMachine("a")).toEqual([`${top}/user.slice/rackplane/a`]);
    cgroup("user.slice", { type: "domain", procs: "70\n" });
    expect(unified(SESSION).makeMachine("a")).toEqual([`${top}/rackplane/a`]);
  });
  it("has the rack in the same place when a process of the rack asks", () => {
    const [leaf = ""] = unified(SESSION).makeRack();
    expect(unified(`/${path.relative(top, leaf)}`).makeMachine("a")).toEqual(unified(SESSION).makeMachine("a"));
  });
  it("keeps all but a machine's own processes in leaves beside them", () => {
    const host = unified("/");
    expect(host.makeRack()).toEqual([`${top}/rackplane/_rack`]);
    expect(host.makeVisitor("demo-cp-0")).toEqual([`${top}/rackplane/demo-cp-0/_rack`]);
  });
  it("in a container whose processes are at its top is refused with the way to move them", () => {
    write("cgroup.type", "domain\n");
    expect(() => unified("/").makeMachine("a")).toThrow(
      /^cgroup \S+: found 2 processes in it \(1 2\), expected none: .*mkdir \S+\/init; for p in/,
    );
  });
  it("that lacks controllers is refused with all of them and with what may hold them back", () => {
    write("cgroup.controllers", "io pids\n");
    expect(() => unified("/")).toThrow(
      /^cgroups, version 2: found the controllers io, pids, expected also cpu, cpuset, memory in \S+\/cgroup.controllers. A kernel parameter cgroup_disable=/,
    );
  });
  it("freezes a machine when the kernel says that it is frozen, and thaws the rack whole", async () => {
    for (const one of ["rackplane", "rackplane/a", "rackplane/a/system.slice"]) {
      write(`${one}/cgroup.freeze`, "0\n");
      write(`${one}/cgroup.events`, "populated 1\nfrozen 0\n");
    }
    const host = unified("/");
    const frozen = setFrozen(true, "a", host);
    expect(read("rackplane/a/cgroup.freeze")).toBe("1");
    write("rackplane/a/cgroup.events", "populated 1\nfrozen 1\n");
    await frozen;
    write("rackplane/a/system.slice/cgroup.freeze", "1");
    thawEverything(host);
    expect(read("rackplane/a/cgroup.freeze")).toBe("0");
    expect(read("rackplane/a/system.slice/cgroup.freeze")).toBe("0");
  });
  it("finds the rack's cgroups wherever their maker sat", () => {
    fs.mkdirSync(path.join(top, "user.slice/rackplane/a"));
    expect(existingCgroups("a", unified("/"))).toEqual([`${top}/user.slice/rackplane/a`]);
  });
});

describe("controllers that the rack had handed down", () => {
  it("are taken back one by one, and those that were there before stay", () => {
    const state = path.join(top, "state");
    cgroup("a", { down: "cpu memory" });
    handDown(path.join(top, "a"), state);
    expect(read("a/cgroup.subtree_control")).toBe("+cpuset +io +hugetlb +pids");
    takeBackControllers(state);
    // A plain file keeps what was written into it last; each is a write of its own, as one that is used is refused.
    expect(read("a/cgroup.subtree_control")).toBe("-pids");
  });
  it("are none when the cgroup handed all of them down", () => {
    const state = path.join(top, "state");
    cgroup("a", { down: ALL });
    handDown(path.join(top, "a"), state);
    expect(fs.existsSync(state)).toBe(false);
    takeBackControllers(state);
    expect(read("a/cgroup.subtree_control")).toBe(ALL);
  });
});

it("a host with no cgroups mounted is told how to mount them", () => {
  expect(() => chosen("20 1 0:1 / / rw - ext4 /dev/vda rw", "0::/\n")).toThrow(
    /^cgroups: found none mounted, .*mount -t cgroup2 cgroup2 \/sys\/fs\/cgroup$/,
  );
});
