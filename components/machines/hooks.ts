import * as pulumi from "@pulumi/pulumi";

/** Whether resources may have hooks: Pulumi's mocks (`setMocks`) know none, and they dial no machine. */
export const hasHooks = (): boolean =>
  typeof (pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined)?.registerResourceHook ===
  "function";

/** The value of an Output that is known, a secret's too: for hooks, which run when everything before them is done. */
export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise(resolve => output.apply(value => resolve(value)));

/** The same at a preview; undefined of a value that is not known yet, which `apply` would wait for without end. */
export const knownValueOf = async <T>(output: pulumi.Output<T>): Promise<T | undefined> =>
  (await (output as unknown as { readonly isKnown: Promise<boolean> }).isKnown) ? valueOf(output) : undefined;
