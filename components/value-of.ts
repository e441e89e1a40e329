import type * as pulumi from "@pulumi/pulumi";

/** An output's value, for hooks, which run when it is known; in a preview it may never be. */
export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise(resolve => output.apply(value => resolve(value)));
