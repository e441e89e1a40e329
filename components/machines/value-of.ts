import type * as pulumi from "@pulumi/pulumi";

/** The value of an Output that is known, a secret's too: for hooks, which run when everything before them is done. */
export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise(resolve => output.apply(value => resolve(value)));
