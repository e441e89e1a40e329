import { execFile, spawnSync } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { TIMED } from "../../timed";

const NODE = path.resolve(__dirname, "../../../cloud-init/node");

/**
 * A machine with the real BIRD by the configuration that the announcer writes, and two switches behind a router, BIRD as
 * well, with BFD, MD5 and a patient hold time, in network namespaces that end with the script. `health FUNCTION...`: that
 * function of health/ on the machine, and what it says.
 */
const SITE = `
set -eu
# BIRD's own user must reach it, and a socket's name is short.
work=$(TMPDIR=/tmp mktemp -d) started=()
chmod 755 $work
unshare --net sleep 120 & machine=$!
trap 'kill -9 "\${started[@]}" $machine 2>/dev/null || true; rm -rf "$work"' EXIT
until [ "$(readlink /proc/$machine/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.02; done
ip link set lo up; ip addr add 192.0.2.1/32 dev lo; ip addr add 192.0.2.2/32 dev lo
ip link add name port type veth peer name eth0 netns $machine
ip addr add 198.51.100.1/24 dev port; ip link set port up
at() { nsenter -t $machine -n "$@"; }
at ip link set lo up; at ip addr add 198.51.100.11/24 dev eth0; at ip link set eth0 up; at ip route add default via 198.51.100.1
password='S3cret#\\12$'
switch() {
  cat >$work/$1.conf <<CONF
router id 192.0.2.$1;
log stderr all;
debug protocols { states };
protocol device {}
protocol direct { ipv4; }
protocol bfd { strict bind on; multihop { min rx interval 100 ms; min tx interval 250 ms; multiplier 3; }; }
protocol bgp machine {
  local 192.0.2.$1 as 65530; neighbor 198.51.100.11 as 65000; multihop 5; password "$2"; passive on; strict bind on;
  hold time 90; error wait time 1, 2; error forget time 3; $3
  ipv4 { import filter { if net = 203.0.113.9/32 then accept; reject; }; export none; };
}
CONF
  bird -f -c $work/$1.conf -s $work/$1.ctl >$work/$1.log 2>&1 & started+=($!)
}
root=$work/root; mkdir -p $root/etc/rackplane $root/var/lib/rackplane $root/run/rackplane $root/run/rackplane-bird $work/fakes
chmod 755 $root $root/run; chgrp bird $root/run/rackplane-bird; chmod 770 $root/run/rackplane-bird
printf '#!/bin/sh\\n[ "$1" = is-active ]\\n' >$work/fakes/systemctl; chmod 755 $work/fakes/systemctl
knows() {
  echo '{"endpoint":{"address":"203.0.113.9","port":6443},"announcer":{"kind":"kube-vip-bgp","speaker":"bird","holdSeconds":3,"keepaliveSeconds":1,"bfd":{"intervalSeconds":0.25,"multiplier":3}}}' |
    jq "$1" >$root/etc/rackplane/node.json
  jq -n --arg password "$password" '{name: "m", address: "198.51.100.11", interface: "eth0", routerId: "198.51.100.11", localAs: 65000, source: null,
    peers: [range(1; 3) | {address: "192.0.2.\\(.)", as: 65530, password: $password, multihop: true}]}' >$root/var/lib/rackplane/machine.json
  jq -r --slurpfile machine $root/var/lib/rackplane/machine.json --arg source 198.51.100.11 -f $0/grant/jq/bird.jq $root/etc/rackplane/node.json >$work/bird.conf
  install -m 640 -o root -g bird $work/bird.conf $root/run/rackplane-bird/bird.conf
}
begin() { nsenter -t $machine -n bird -f -u bird -g bird -c $root/run/rackplane-bird/bird.conf -s $root/run/rackplane-bird/bird.ctl >$work/m.log 2>&1 & birdie=$!; started+=($birdie); }
at_machine() { RACKPLANE_ROOT=$root RACKPLANE_BUNDLE=$0 PATH=$work/fakes:$PATH at bash -euo pipefail -c '
  . "$RACKPLANE_BUNDLE/boot/lib/common.sh"; . "$RACKPLANE_BUNDLE/boot/lib/role.sh"; . "$RACKPLANE_BUNDLE/health/announced.sh"; . "$RACKPLANE_BUNDLE/health/sessions.sh"; "$@"' at "$@"; }
health() { if at_machine "$@"; then echo well; fi; }
routed() { for n in 1 2; do [ -z "$(birdc -s $work/$n.ctl show route 203.0.113.9/32 2>/dev/null | grep unicast)" ] || echo $n; done | xargs; }
# await WHAT COMMAND...: until that prints WHAT.
await() { local what=$1; shift; for ((end = SECONDS + 20; SECONDS < end; )); do [ "$("$@")" != "$what" ] || return 0; sleep 0.02; done; { echo "$*: $("$@"), not $what"; cat $work/*.log; } >&2; exit 1; }
standing() { at_machine sessions | cut -d' ' -f1 | sort | xargs; }
vip() { at ip addr $1 203.0.113.9/32 dev lo; }
say() { echo "$1 \${EPOCHREALTIME}" >$root/run/rackplane/announcing; }
# By the switches' own clock, since a look from here takes its time, too.
ended() {
  for n in 1 2; do
    date -d "$(grep 'machine: State changed to down' $work/$n.log | tail -n 1 | cut -d' ' -f1,2)" +%s%3N
  done | sort -n | tail -n 1 | awk -v lost="$1" '{ printf "%d\\n", $1 - lost * 1000 }'
}
since() { echo "$(((\${EPOCHREALTIME/./} - \${1/./}) / 1000))"; }
`;

/** What a script at that site prints. @throws Error with what it said, when it fails */
const site = async (script: string): Promise<string[]> =>
  (await promisify(execFile)("unshare", ["--net", "bash", "-c", SITE + script, NODE])).stdout.trim().split("\n");

const can = (...command: [string, ...string[]]) => spawnSync("unshare", ["--net", ...command]).status === 0;
const real = can("true") && can("bird", "--version") && can("iptables", "-S", "INPUT");
const skipped = real ? "" : " (skipped: no namespaces, iptables or BIRD)";

test.skipIf(!real)(
  `the switches know the VIP exactly while it lies on lo, over the same sessions${skipped}`,
  TIMED,
  async () => {
    const printed = await site(`
    for n in 1 2; do switch $n "$password" "bfd on;"; done
    knows .; begin
    await "192.0.2.1 192.0.2.2" standing
    at_machine sessions >$work/before
    echo "known at: $(routed)"
    came=$EPOCHREALTIME; vip add; await "1 2" routed; since $came
    say yes; health healthy_announced
    health healthy_sessions
    gone=$EPOCHREALTIME; vip del; await "" routed; since $gone
    health healthy_announced
    vip add; await "1 2" routed
    at birdc -s $root/run/rackplane-bird/bird.ctl disable vip >$work/answer; await "" routed
    at birdc -s $root/run/rackplane-bird/bird.ctl enable vip >$work/answer; await "1 2" routed
    at birdc -s $root/run/rackplane-bird/bird.ctl configure | grep -c Reconfigured
    at_machine sessions | diff $work/before - && echo "the same sessions"
    grep -cF "$password" $work/m.log || true
    at ip route show table all | grep -c bird || true
  `);
    process.stdout.write(`VIP on lo to both switches' routes: ${printed[1]} ms; taken away: ${printed[4]} ms\n`);
    const [none, came, announced, sessions, gone, ...rest] = printed;
    expect([none, announced, sessions]).toEqual(["known at: ", "well", "well"]);
    expect(Number(came)).toBeLessThan(1500);
    expect(Number(gone)).toBeLessThan(1500);
    expect(rest).toEqual([
      expect.stringMatching(/^BIRD does not tell 192\.0\.2\.1, 192\.0\.2\.2 of 203\.0\.113\.9/),
      "1",
      "the same sessions",
      "0",
      "0",
    ]);
  },
);

test.skipIf(!real)(
  `a machine that is lost without a word is out of the path within 0.9 s by BFD${skipped}`,
  TIMED,
  async () => {
    const printed = await site(`
    for n in 1 2; do switch $n "$password" "bfd on;"; done
    vip add; knows .; begin
    for ((run = 0; run < 5; run++)); do
      await "192.0.2.1 192.0.2.2" standing; await "1 2" routed
      iptables -I INPUT -i port -j DROP; lost=$EPOCHREALTIME; at iptables -I INPUT -i eth0 -j DROP
      await "" routed; ended $lost
      iptables -D INPUT -i port -j DROP; at iptables -D INPUT -i eth0 -j DROP
    done
  `);
    process.stdout.write(`packets dropped to both switches' routes gone: ${printed.join(", ")} ms\n`);
    expect(printed).toHaveLength(5);
    // Three packets of 250 ms.
    for (const took of printed) expect(Number(took)).toBeLessThan(900);
  },
);

test.skipIf(!real)(
  `a BIRD that is killed takes the routes along, and brings them back when it starts${skipped}`,
  TIMED,
  async () => {
    const printed = await site(`
    for n in 1 2; do switch $n "$password" "bfd on;"; done
    vip add; knows .; begin; await "1 2" routed
    lost=$EPOCHREALTIME; kill -9 $birdie; await "" routed; since $lost
    begin; back=$EPOCHREALTIME; await "1 2" routed; since $back
  `);
    process.stdout.write(`BIRD killed to routes gone: ${printed[0]} ms; started to routes back: ${printed[1]} ms\n`);
    expect(Number(printed[0])).toBeLessThan(900);
    expect(Number(printed[1])).toBeLessThan(6000);
  },
);

test.skipIf(!real)(`health says which switch has no session or no BFD, and why${skipped}`, TIMED, async () => {
  const printed = await site(`
    switch 1 "$password" ""; switch 2 another "bfd on;"
    vip add; knows .; begin; say yes; await 1 routed
    await "" standing
    health healthy_announced
    health healthy_sessions | tr ';' '\\n'
    knows 'del(.announcer.bfd)'; at birdc -s $root/run/rackplane-bird/bird.ctl configure >$work/answer
    await 192.0.2.1 standing
    health healthy_announced
  `);
  expect(printed).toEqual([
    expect.stringMatching(
      /^no BGP session with 192\.0\.2\.1 192\.0\.2\.2 \(192\.0\.2\.1: which stands without BFD \(\w+\)/,
    ),
    expect.stringMatching(
      /^none with 192\.0\.2\.1, which stands without BFD \(\w+\).*set endpoint\.bfd\.enabled to false$/,
    ),
    expect.stringMatching(/^none with 192\.0\.2\.2, .*(MD5 passwords differ|BIRD says: \w+)/),
    // A site may be built while one of its switches is away.
    "well",
  ]);
});
