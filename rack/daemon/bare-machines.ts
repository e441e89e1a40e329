import { randomUUID } from "node:crypto";
import type { MachineView, NamespaceMachines } from "../machines/namespace-machines";
import type { MachineSystem } from "../machines/systems";
import { lanPlace } from "../topology";

/** What an operator says of a machine that exists. */
export interface BareRequest {
  /** Its host name, a DNS label. */
  readonly name: string;
  /** In the rack's LAN. */
  readonly address: string;
  /** What is installed on it; absent: the default of machines/systems.ts. */
  readonly system?: MachineSystem;
}

/** Machines that exist: somebody else has set them up, so nobody but the operator asks for them. */
export class BareMachines {
  private turn: Promise<unknown> = Promise.resolve();

  /** @param operatorKey the public key that opens them, read when a machine is made */
  constructor(
    private readonly machines: NamespaceMachines,
    private readonly operatorKey: () => string,
  ) {}

  /**
   * The machine of that name and address, made and booted if there is none.
   *
   * @throws Error when the name or the address is another machine's
   */
  ensure(wanted: BareRequest): Promise<MachineView> {
    const { name, address, system } = checked(wanted);
    return this.inTurn(async () => {
      const there = this.machines.list().find(machine => machine.record.hostname === name);
      if (there !== undefined) {
        const found = there.record.network === "lan" ? there.record.address : "a rented machine";
        if (found !== address)
          throw new Error(
            `machine ${name}: found one of this name, ${found}; expected ${address}. Give another name, or take that one away`,
          );
        return there;
      }
      const mac = `02:00:00:71:00:${lanPlace(address).toString(16).padStart(2, "0")}`;
      const id = randomUUID();
      await this.machines.create({
        id,
        network: "lan",
        hostname: name,
        address,
        system,
        mac,
        authorizedKey: this.operatorKey(),
      });
      return this.machines.find(id);
    });
  }

  /** Takes the machine and its disk away; its address, for who has to do with it. One that is not there is no error. */
  remove(name: string): Promise<string | undefined> {
    return this.inTurn(async () => {
      const record = this.machines.list().find(machine => machine.record.hostname === name)?.record;
      if (record === undefined) return undefined;
      if (record.network !== "lan")
        throw new Error(
          `machine ${name}: is rented; expected one that exists. Delete its device through the Metal API`,
        );
      await this.machines.destroy(record.id);
      return record.address;
    });
  }

  /**
   * The same machine as its vendor delivers it: empty disk, other host key, other machine-id.
   *
   * @throws Error when it is a rented one: whoever rents replaces its device
   */
  async reinstall(name: string): Promise<void> {
    const system = this.machines.list().find(machine => machine.record.hostname === name)?.record.system;
    const address = await this.remove(name);
    if (address === undefined)
      throw new Error(
        `machine ${name}: found none of this name among those that exist; expected one, see ./rackplane status`,
      );
    await this.ensure({ name, address, system });
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const next = this.turn.then(task);
    this.turn = next.catch(() => undefined);
    return next;
  }
}

function checked({ name, address, system }: Partial<BareRequest>): BareRequest {
  if (typeof name !== "string" || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new Error(
      `machine name: found ${JSON.stringify(name)}; expected a DNS label of at most 63 characters: a-z, 0-9 and inner "-"`,
    );
  }
  if (typeof address !== "string") throw new Error(`machine ${name}: found no address; expected one of the rack's LAN`);
  lanPlace(address);
  return { name, address, system };
}
