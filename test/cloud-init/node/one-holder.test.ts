import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { expect, test } from "vitest";

const WHO_HAS = path.resolve(__dirname, "../../../cloud-init/node/health/who-has.pl");

/** Three machines on a bridge, in network namespaces of their own that end with the script; the first one asks. */
const LAN = `
set -eu
ip link add name lan0 type bridge; ip link set lan0 up
machines=()
for n in 1 2 3; do unshare --net sleep 20 & machines+=($!); done
trap 'kill "\${machines[@]}" 2>/dev/null || true' EXIT
for n in 1 2 3; do
  pid=\${machines[n - 1]}
  until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.02; done
  ip link add name port$n type veth peer name eth0 netns $pid
  ip link set port$n master lan0 up
  nsenter -t $pid -n ip link set eth0 address 02:00:00:00:00:0$n
  nsenter -t $pid -n ip addr add 198.51.100.1$n/24 dev eth0
  nsenter -t $pid -n ip link set eth0 up
done
has() { nsenter -t "\${machines[$1 - 1]}" -n ip addr add 198.51.100.100/32 dev eth0; }
ask() {
  echo "$1:"
  nsenter -t "\${machines[0]}" -n unshare --mount sh -c 'mount -t sysfs none /sys && exec perl "$0" eth0 198.51.100.11 198.51.100.100' "$2"
}
ask none "$1"
has 2; ask one "$1"
has 3; ask two "$1"
has 1; ask itself "$1"
`;

const mayUnshare = spawnSync("unshare", ["--net", "--mount", "true"]).status === 0;

test.runIf(mayUnshare)("every other machine that answers for the VIP is told by its MAC address, oneself never", () => {
  const { stdout, stderr } = spawnSync("unshare", ["--net", "--mount", "bash", "-c", LAN, "lan", WHO_HAS], {
    encoding: "utf8",
  });
  const [two, three] = ["02:00:00:00:00:02\n", "02:00:00:00:00:03\n"];
  expect(stdout, stderr).toBe(`none:\none:\n${two}two:\n${two}${three}itself:\n${two}${three}`);
});
