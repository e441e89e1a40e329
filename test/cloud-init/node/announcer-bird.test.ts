import { expect } from "vitest";

import { plainNode } from "../nodes";
import { AnnouncingMachine, testOf, until } from "./announcer-machine";

/** A machine with BIRD; systemctl and birdc's part of it are files: active/ and reloads. */
class BirdMachine extends AnnouncingMachine {
  constructor() {
    super({
      announcer: {
        kind: "kube-vip-bgp",
        speaker: "bird",
        bfd: { intervalMilliseconds: 250, multiplier: 3 },
        image: "",
        holdSeconds: 3,
        keepaliveSeconds: 1,
        probeSeconds: 0.1,
        peers: [{ address: "10.9.0.1", as: 64500, multihop: true }],
        localAs: 64512,
      },
      machine: { kind: "ssh" },
      endpoint: plainNode.endpoint,
    });
    this.replace(
      "fakes/chgrp",
      '#!/bin/bash\nprintf \'%s chgrp %s\\n\' "$EPOCHREALTIME" "$*" >>"$RACKPLANE_ROOT/calls"\n',
    );
    this.set(
      "etc/rackplane/identity.json",
      JSON.stringify({ name: "demo-cp-0", address: "10.70.17.9", interface: "bond0" }),
    );
    this.set("var/lib/rackplane/secrets.json", JSON.stringify({ md5: { "10.9.0.1": "Secret12345" } }));
  }
  get holds(): boolean {
    return this.exists("vip");
  }
  /** How BIRD's unit was told of a configuration. */
  get told(): string[] {
    return this.calls("systemctl").filter(call => / (start|reload) rackplane-bird/.test(call));
  }
}
const test = testOf(() => new BirdMachine());
const held = (machine: BirdMachine) => until(() => machine.holds, "the VIP");
const bird = (body: (machine: BirdMachine) => Promise<void>) => (machine: AnnouncingMachine) =>
  body(machine as BirdMachine);

test(
  "BIRD runs from the start, and the VIP is on lo once the API server is ready, with no kube-vip",
  bird(async machine => {
    machine.start();
    await until(() => machine.told.length > 0, "BIRD");
    expect(machine.holds).toBe(false);
    expect(machine.read("etc/rackplane/bird.conf")).toMatch(
      /local 10\.70\.17\.9 as 64512;[^]*neighbor 10\.9\.0\.1 as 64500;\n {2}multihop;\n {2}password "Secret12345";/,
    );
    expect(machine.mode("etc/rackplane/bird.conf")).toBe("640");
    expect(machine.calls("chgrp")[0]).toMatch(/^chgrp bird \S+bird\.conf$/);

    machine.set("healthy");
    await held(machine);
    await until(() => machine.read("run/rackplane/announcing").startsWith("yes "), "the state");
    expect(machine.announced).toBe(false);
    expect(machine.told).toEqual(["systemctl start rackplane-bird.service"]);
  }),
);

test(
  "an API server that does not answer takes the VIP off lo, BIRD stays; two seconds of good answers bring it back",
  bird(async machine => {
    machine.set("healthy");
    machine.start();
    await held(machine);
    machine.unset("healthy");
    await until(() => !machine.holds, "the withdrawal");
    const since = Date.now();
    machine.set("healthy");
    await held(machine);
    expect(Date.now() - since).toBeGreaterThan(1900);
    expect(machine.told).toHaveLength(1);
  }),
);

test(
  "a restart of the announcer takes it over; with other neighbours it withdraws first, and BIRD is reloaded",
  bird(async machine => {
    machine.set("healthy");
    machine.start();
    await held(machine);
    await machine.restart();
    await machine.probes(3);
    expect(machine.calls("ip addr del")).toEqual([]);
    expect(machine.told).toHaveLength(1);

    const node = JSON.parse(machine.read("etc/rackplane/node.json")) as { announcer: object };
    machine.set(
      "etc/rackplane/node.json",
      JSON.stringify({ ...node, announcer: { ...node.announcer, holdSeconds: 9 } }),
    );
    await machine.restart();
    await until(() => machine.told.length === 2, "the reload");
    expect(machine.told[1]).toBe("systemctl reload rackplane-bird.service");
    expect(machine.calls("ip addr del")[0]).toBe("ip addr del 203.0.113.1/32 dev lo");
    await held(machine);
  }),
);

test(
  "a BIRD that a person stopped is started again, and an address that was taken away is put back",
  bird(async machine => {
    machine.set("healthy");
    machine.start();
    await held(machine);
    machine.unset("active/rackplane-bird.service");
    machine.unset("vip");
    await held(machine);
    await until(() => machine.told.length === 2, "BIRD");
  }),
);

test(
  "a machine that shuts down withdraws, and announces nothing any more",
  bird(async machine => {
    machine.set("healthy");
    machine.start();
    await held(machine);
    await machine.shutDown();
    expect(machine.holds).toBe(false);
  }),
);
