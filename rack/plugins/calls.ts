import type { EngineLog } from "./engine-log";
import type { Call } from "./provider";

/** What every request about a resource says. */
export interface ResourceRequest {
  getUrn(): string;
  /** Seconds; 0 when the resource has no custom timeout. */
  getTimeout?(): number;
}

/** The calls under way: each is aborted when the engine cancels, or when its custom timeout is over. */
export class Calls {
  private readonly cancelled = new AbortController();

  constructor(private readonly log: EngineLog) {}

  cancel(): void {
    this.cancelled.abort(new Error("cancelled by the engine"));
  }

  async run<T>(request: ResourceRequest, work: (call: Call) => Promise<T>): Promise<T> {
    const urn = request.getUrn();
    const seconds = request.getTimeout?.() ?? 0;
    const controller = new AbortController();
    const cancel = () => controller.abort(this.cancelled.signal.reason);
    if (this.cancelled.signal.aborted) cancel();
    this.cancelled.signal.addEventListener("abort", cancel, { once: true });
    const late = new Error(`not done after ${seconds} s, the resource's custom timeout`);
    const timer = seconds > 0 ? setTimeout(() => controller.abort(late), seconds * 1000) : undefined;
    try {
      return await work({
        urn,
        ...partsOf(urn),
        signal: controller.signal,
        timeoutSeconds: seconds > 0 ? seconds : undefined,
        log: (message, severity, ephemeral) => this.log.write(urn, message, severity, ephemeral),
      });
    } finally {
      clearTimeout(timer);
      this.cancelled.signal.removeEventListener("abort", cancel);
      await this.log.flush();
    }
  }
}

/** `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`; a name may hold `::` itself. */
function partsOf(urn: string): { type: string; name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.slice(types.lastIndexOf("$") + 1), name: name.join("::") };
}
