import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { expect, test } from "vitest";

const NODE = path.resolve(__dirname, "../../../cloud-init/node");

/** Three machines on a bridge, in network namespaces of their own that end with the script; the first one is ours. */
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
at() { local machine=$1; shift; nsenter -t "\${machines[machine - 1]}" -n "$@"; }
ours() { at 1 unshare --mount sh -c 'mount -t sysfs none /sys && exec "$@"' ours "$@"; }
`;

/** What a script of machines on that bridge prints. */
function onTheLink(script: string): string {
  const { status, stdout, stderr } = spawnSync("unshare", ["--net", "--mount", "bash", "-c", LAN + script, NODE], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return stdout;
}

const mayUnshare = spawnSync("unshare", ["--net", "--mount", "true"]).status === 0;

test.runIf(mayUnshare)("every other machine that answers for the VIP is told by its MAC address, oneself never", () => {
  const printed = onTheLink(`
    ask() { echo "$1:"; ours perl "$0/health/who-has.pl" eth0 198.51.100.11 198.51.100.100; }
    ask none
    at 2 ip addr add 198.51.100.100/32 dev eth0; ask one
    at 3 ip addr add 198.51.100.100/32 dev eth0; ask two
    at 1 ip addr add 198.51.100.100/32 dev eth0; ask itself
  `);
  const [two, three] = ["02:00:00:00:00:02\n", "02:00:00:00:00:03\n"];
  expect(printed).toBe(`none:\none:\n${two}two:\n${two}${three}itself:\n${two}${three}`);
});

test.runIf(mayUnshare)(
  "a machine that tells all others that it has the VIP is heard, one that only answers is not",
  () => {
    const printed = onTheLink(`
    at 2 ip addr add 198.51.100.100/32 dev eth0
    ours perl "$0/grant/lib/heard.pl" eth0 198.51.100.100 1.2 & listener=$!
    ours perl "$0/health/who-has.pl" eth0 198.51.100.11 198.51.100.100
    # The kernel then tells the addresses of an interface whose MAC address has changed.
    for machine in 2 3; do at $machine sysctl -q net.ipv4.conf.eth0.arp_notify=1; done
    at 3 ip link set eth0 address 02:00:00:00:01:03
    wait $listener || echo silence
    ours perl "$0/grant/lib/heard.pl" eth0 198.51.100.100 5 & listener=$!
    for ((n = 10; n < 99; n++)); do
      kill -0 $listener 2>/dev/null || break
      at 2 ip link set eth0 address 02:00:00:00:$n:02
      sleep 0.05
    done
    wait $listener && echo heard
  `);
    expect(printed).toBe("02:00:00:00:00:02\nsilence\nheard\n");
  },
);

// What announcers/keepalived.sh counts on when the VIP is given away.
test.runIf(mayUnshare)(
  "a copy of the VIP with another length of prefix is answered for when keepalived's is gone",
  () => {
    const printed = onTheLink(`
    ask() { echo "$1:"; at 2 unshare --mount sh -c 'mount -t sysfs none /sys && exec "$@"' ask perl "$0/health/who-has.pl" eth0 198.51.100.12 198.51.100.100; }
    at 1 ip addr add 198.51.100.100/24 dev eth0
    at 1 ip addr add 198.51.100.100/32 dev eth0 noprefixroute
    at 1 ip addr del 198.51.100.100/24 dev eth0; ask copy
    at 1 ip addr del 198.51.100.100/32 dev eth0; ask none
  `);
    expect(printed).toBe("copy:\n02:00:00:00:00:01\nnone:\n");
  },
);

const mayFilter = mayUnshare && spawnSync("unshare", ["--net", "iptables", "-S", "INPUT"]).status === 0;

test.runIf(mayFilter)(
  "the real iptables takes the rules by which a machine leaves its balancers, and gives them back",
  () => {
    const printed = onTheLink(`
    at 1 bash -euo pipefail -c '
      RUNDIR=$(mktemp -d) OTHERS="198.51.100.12 198.51.100.13" API_PORT=6444 ENDINGS=()
      node() { echo keepalived; }
      say() { echo "$3"; }
      . "$0/grant/change/leave-balancers.sh"
      leave_balancers
      leave_balancers
      iptables -S INPUT | grep -c REJECT
      # Of the whole network only the balancers are refused.
      for source in 12 13 14; do
        iptables -C INPUT -s 198.51.100.$source/32 -p tcp --dport 6444 --syn -m comment --comment rackplane-change -j REJECT --reject-with tcp-reset 2>/dev/null && echo "refused: $source"
      done
      return_to_balancers
      iptables -S INPUT
      ls -A "$RUNDIR"
    ' "$0"
  `);
    const words = "balancers lead no client to this machine's API server while it is changed\n";
    expect(printed).toBe(`${words}${words}2\nrefused: 12\nrefused: 13\n-P INPUT ACCEPT\n`);
  },
);
