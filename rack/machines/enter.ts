import * as path from "node:path";

/** The command line that runs another one inside a machine: pure. */
export function enterArgv(initPid: number, cgroups: readonly string[], argv: readonly string[]): string[] {
  return [
    "bash",
    path.join(__dirname, "enter.sh"),
    cgroups.join(":"),
    "nsenter",
    "--target",
    String(initPid),
    "--mount",
    "--uts",
    "--ipc",
    "--net",
    "--pid",
    "--cgroup",
    "--root",
    "--wdns=/root",
    "--",
    "env",
    "-i",
    "container=rack",
    "HOME=/root",
    "TERM=dumb",
    "LANG=C.UTF-8",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...argv,
  ];
}
