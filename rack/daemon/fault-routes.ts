import type { FastifyInstance } from "fastify";
import { faultNamed } from "../faults";
import type { FaultOf } from "../faults/fault";
import type { Controlled } from "./control";
import { machineTarget, switchTarget } from "./fault-targets";

/** What can be done with a fault at a target. */
interface Steps {
  prepare(): Promise<void>;
  inject(): Promise<void>;
  heal(): Promise<void>;
  tidy(): Promise<void>;
  over(): Promise<boolean>;
}

interface Params {
  fault: string;
  target: string;
}

/** Ways to break and mend a machine, or a switch (`switch-a`, `switch-b`). */
export class Faults {
  private readonly held = new Map<string, Set<string>>();

  constructor(private readonly controlled: Pick<Controlled, "machines" | "switches" | "bare">) {}

  /** Names of the faults that hold at a machine, by its id. */
  of(id: string): string[] {
    return [...this.heldAt(id)];
  }

  routes(app: FastifyInstance): void {
    const at = "/faults/:fault/:target";
    app.post<{ Params: Params }>(at, async ({ params }) => done(this.steps(params).inject()));
    app.delete<{ Params: Params }>(at, async ({ params }) => done(this.steps(params).heal()));
    app.post<{ Params: Params }>(`${at}/prepare`, async ({ params }) => done(this.steps(params).prepare()));
    app.post<{ Params: Params }>(`${at}/tidy`, async ({ params }) => done(this.steps(params).tidy()));
    app.get<{ Params: Params }>(`${at}/over`, async ({ params }) => ({ over: await this.steps(params).over() }));
  }

  /** @throws Error when there is no such fault or target, or the fault does not happen to such a target */
  private steps({ fault: name, target }: Params): Steps {
    const fault = faultNamed(name);
    const switchName = /^switch-([ab])$/.exec(target)?.[1];
    if (fault.of === "switch") {
      if (switchName === undefined)
        throw new Error(`fault ${name}: found target ${target}, expected switch-a or switch-b: it happens to switches`);
      return this.stepsAt(target, fault, switchTarget(this.controlled.switches, switchName));
    }
    const { machines, bare } = this.controlled;
    const { record } = machines.find(target);
    return this.stepsAt(record.id, fault, machineTarget(machines, bare, record));
  }

  private stepsAt<Target>(key: string, fault: FaultOf<Target>, target: Target): Steps {
    return {
      prepare: async () => fault.prepare?.(target),
      inject: async () => {
        // Noted before: a fault that failed half-way has to be healed, too.
        if (fault.heal) this.heldAt(key).add(fault.name);
        await fault.inject(target);
      },
      heal: async () => {
        if (!fault.heal)
          throw new Error(`fault ${fault.name} is over as soon as it has happened: there is nothing to heal`);
        await fault.heal(target);
        this.heldAt(key).delete(fault.name);
      },
      tidy: async () => fault.tidy?.(target),
      over: async () => (await fault.over?.(target)) ?? true,
    };
  }

  private heldAt(key: string): Set<string> {
    const there = this.held.get(key) ?? new Set<string>();
    this.held.set(key, there);
    return there;
  }
}

const done = async (step: Promise<void>): Promise<object> => {
  await step;
  return {};
};
