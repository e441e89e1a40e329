import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { openAnswer } from "../../cloud-init/contract/answer";
import type { Grant } from "../../cloud-init/contract/grant";

/**
 * The secret answer of a command that ran once, opened with the key in its standard input. The state keeps both, as they
 * were when the command ran; what ran before there were such keys answered in the clear.
 */
export const secretAnswer = (command: remote.Command): pulumi.Output<string> =>
  pulumi.secret(
    pulumi.all([command.stdin, command.stdout, command.urn]).apply(([stdin = "{}", stdout, urn]) => {
      const { answerKey } = JSON.parse(stdin) as Partial<Grant>;
      if (answerKey === undefined) return stdout;
      try {
        return openAnswer(answerKey, stdout);
      } catch (error) {
        const found = error instanceof Error ? error.message : String(error);
        throw new Error(`${urn}: ${found}; run 'pulumi up --replace' with this URN, unless it is that of -form`);
      }
    }),
  );
