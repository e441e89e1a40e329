import type { FastifyInstance } from "fastify";
import { expect } from "vitest";
import type { MachineHost, MachineRecord, PowerState, Switches, SwitchSession } from "../../host";
import { metadataService } from "../../metadata/service";
import { metalApi } from "../../metal-api/api";
import { Store } from "../../metal-api/store";

export const TOKEN = "a-token";
export const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqEMPIDSxsw0mGTmTjGTL6yV6fVEqkvJhZ3E6v7aLhb ops@rack";

/** Machines that exist by being remembered; `creation` decides what becomes of the next ones. */
export class FakeMachines implements MachineHost {
  readonly running = new Map<string, MachineRecord & { power: PowerState }>();
  readonly calls: string[] = [];
  creation: (machine: MachineRecord) => Promise<void> = async () => undefined;
  destruction: (id: string) => Promise<void> = async () => undefined;

  async create(machine: MachineRecord): Promise<void> {
    this.calls.push(`create ${machine.hostname}`);
    await this.creation(machine);
    this.running.set(machine.id, { ...machine, power: "running" });
  }

  async destroy(id: string): Promise<void> {
    this.calls.push("destroy");
    await this.destruction(id);
    this.running.delete(id);
  }

  async powerOff(id: string): Promise<void> {
    this.power(id, "off");
  }
  async powerOn(id: string): Promise<void> {
    this.power(id, "running");
  }
  async reboot(): Promise<void> {
    this.calls.push("reboot");
  }
  state(id: string): PowerState {
    return this.running.get(id)?.power ?? "off";
  }

  private power(id: string, power: PowerState): void {
    const machine = this.running.get(id);
    if (machine) this.running.set(id, { ...machine, power });
  }
}

export class FakeSwitches implements Switches {
  readonly configured: { sessions: readonly SwitchSession[]; prefixes: readonly string[] }[] = [];
  answer: () => Promise<void> = async () => undefined;

  async configure(sessions: readonly SwitchSession[], prefixes: readonly string[]): Promise<void> {
    await this.answer();
    this.configured.push({ sessions, prefixes });
  }

  get last() {
    return this.configured.at(-1);
  }
}

export type Json = Record<string, unknown> & { id: string };

/** An API, a metadata service and the records between them, as one rack has them. */
export class FakeRack {
  readonly machines = new FakeMachines();
  readonly switches = new FakeSwitches();
  readonly api: FastifyInstance;
  readonly metadata: FastifyInstance;

  constructor(readonly store = new Store()) {
    this.api = metalApi({ machines: this.machines, switches: this.switches, store, token: TOKEN });
    this.metadata = metadataService({ store });
  }

  call(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, payload?: object) {
    return this.api.inject({
      method,
      url: `/metal/v1/${path}`,
      payload,
      // As packngo does: a JSON content type also without a body.
      headers: { "x-auth-token": TOKEN, "content-type": "application/json" },
    });
  }

  async ask<T = Json>(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, payload?: object): Promise<T> {
    const response = await this.call(method, path, payload);
    expect(response.statusCode, response.body).toBeLessThan(300);
    return response.json<T>();
  }

  async errors(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, payload?: object) {
    const response = await this.call(method, path, payload);
    return { status: response.statusCode, errors: response.json<{ errors: string[] }>().errors };
  }

  async project(bgp?: { md5?: string }): Promise<string> {
    const { id } = await this.ask("POST", "projects", { name: "clusters" });
    if (bgp) await this.enableBgp(id, bgp.md5);
    return id;
  }

  async enableBgp(project: string, md5?: string): Promise<void> {
    const response = await this.call("POST", `projects/${project}/bgp-configs`, {
      deployment_type: "local",
      asn: 65000,
      md5,
    });
    expect(response.statusCode, response.body).toBe(204);
  }

  order(project: string, change: object = {}) {
    return this.ask("POST", `projects/${project}/devices`, {
      hostname: "cp-0",
      plan: "c3.small.x86",
      metro: "sv",
      operating_system: "debian_12",
      billing_cycle: "hourly",
      project_id: project,
      userdata: "#cloud-config\n{}\n",
      tags: null,
      ...change,
    });
  }

  /** A device whose machine has booted and phoned home. */
  async device(project: string, change: object = {}): Promise<string> {
    const { id } = await this.order(project, change);
    await this.phoneHome(id);
    return id;
  }

  async phoneHome(id: string): Promise<void> {
    const response = await this.metadata.inject({
      method: "POST",
      url: "/phone-home",
      remoteAddress: this.privateAddress(id),
    });
    expect(response.statusCode, response.body).toBe(200);
  }

  privateAddress(id: string): string {
    return `10.70.0.${2 * (this.store.devices.get(id)?.slot ?? -1) + 1}`;
  }

  publicAddress(id: string): string {
    return `198.51.100.${2 * (this.store.devices.get(id)?.slot ?? -1) + 1}`;
  }

  session(device: string) {
    return this.ask("POST", `devices/${device}/bgp/sessions`, { address_family: "ipv4", default_route: false });
  }

  block(project: string) {
    return this.ask("POST", `projects/${project}/ips`, { type: "global_ipv4", quantity: 1 });
  }

  async from<T = Json>(device: string, path: string): Promise<T> {
    const response = await this.metadata.inject({ url: path, remoteAddress: this.privateAddress(device) });
    expect(response.statusCode, response.body).toBe(200);
    return response.json<T>();
  }
}

/** A promise that the test settles when it likes. */
export function gate() {
  let open: () => void = () => undefined;
  let refuse: (error: Error) => void = () => undefined;
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve;
    refuse = reject;
  });
  return { passed, open, refuse };
}
