import type { Call, Change } from "../../plugins/provider";
import type { Properties } from "../../plugins/wire";

/** A call whose log is kept, and which a test may cancel. */
export interface FakeCall extends Call {
  readonly lines: string[];
  readonly controller: AbortController;
}

export function fakeCall(type: string, name = "it", timeoutSeconds?: number): FakeCall {
  const controller = new AbortController();
  const lines: string[] = [];
  return {
    urn: `urn:pulumi:test::rackplane::${type}::${name}`,
    type,
    name,
    timeoutSeconds,
    signal: controller.signal,
    controller,
    lines,
    log: message => void lines.push(message),
  };
}

/** A change from one set of inputs to another, where the state adds outputs to the old inputs. */
export const changed = (oldInputs: Properties, news: Properties, outputs: Properties = {}, id = "id"): Change => ({
  id,
  oldInputs,
  news,
  state: { ...oldInputs, ...outputs },
});
