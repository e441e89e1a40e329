import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { USER } from "./machines/hosts";
import { problem, type Problem } from "./values/problems";
import { isRecord, readSection } from "./values/section";
import type { SshSpec } from "./spec";
import { PRIVATE_KEY, PUBLIC_KEY, privateKeyProblem, publicKeyProblem } from "./values/ssh-keys";
import { checkedText, secretText } from "./values/forms";

/** Reads a text file or throws; tests give their own. */
export type FileReader = (path: string) => string;

export const readTextFile: FileReader = path => readFileSync(path, "utf8");

/** `~` and `~/x` as a shell reads them. */
export const expandHome = (path: string, home: string = homedir()): string => path.replace(/^~(?=\/|$)/, home);

const KEY_PATH = 'a path that starts with "/" or "~/"';

const keyPath = (): z.ZodOptional<z.ZodTypeAny> =>
  checkedText(KEY_PATH, path =>
    isAbsolute(expandHome(path, "/"))
      ? undefined
      : `found ${JSON.stringify(path)}, expected ${KEY_PATH}; others depend on where pulumi is started`,
  ).optional();

const sshSchema = z
  .object({
    user: USER.default("root"),
    publicKey: checkedText(PUBLIC_KEY, publicKeyProblem).optional(),
    publicKeyPath: keyPath(),
    privateKey: secretText(["ssh", "privateKey"], PRIVATE_KEY, privateKeyProblem).optional(),
    privateKeyPath: keyPath(),
  })
  .strict()
  .default({});

/** Resolves the `ssh` section, reading the key files that it names. Machines that exist have the public key already. */
export function readSsh(
  raw: unknown,
  readFile: FileReader,
  { publicKeyNeeded }: { publicKeyNeeded: boolean },
): { value?: SshSpec; problems: readonly Problem[] } {
  const { value: ssh, problems: found, partial } = readSection(sshSchema, raw, ["ssh"]);
  const problems: Problem[] = [...found];

  for (const [asText, asFile] of [
    ["publicKey", "publicKeyPath"],
    ["privateKey", "privateKeyPath"],
  ] as const) {
    if (partial?.[asText] !== undefined && partial[asFile] !== undefined) {
      problems.push(problem(["ssh", asFile], `found ssh.${asText} too, expected one of the two; leave one out`));
    }
  }
  const given = isRecord(raw) ? raw : {};
  if (
    publicKeyNeeded &&
    (raw === undefined || isRecord(raw)) &&
    given.publicKey === undefined &&
    given.publicKeyPath === undefined
  ) {
    const alone = given.privateKey !== undefined || given.privateKeyPath !== undefined;
    problems.push(
      problem(
        ["ssh"],
        alone
          ? "found a private key and no public key, expected both; set ssh.publicKeyPath (ssh-keygen -y makes it from the private key)"
          : 'found no key, expected a public key; set ssh.publicKeyPath, such as "~/.ssh/id_ed25519.pub", or ssh.publicKey',
      ),
    );
  }
  const publicKey = ssh?.publicKey ?? fromFile("publicKeyPath", publicKeyProblem);
  const keyFile = fromFile("privateKeyPath", privateKeyProblem);
  const privateKey = ssh?.privateKey ?? (keyFile === undefined ? undefined : pulumi.secret(keyFile));
  if (problems.length > 0 || ssh === undefined || (publicKeyNeeded && publicKey === undefined)) return { problems };
  return {
    problems,
    value: {
      user: ssh.user,
      ...(publicKey === undefined ? {} : { publicKey: publicKey.trim() }),
      ...(privateKey === undefined ? {} : { privateKey }),
    },
  };

  function fromFile(
    key: "publicKeyPath" | "privateKeyPath",
    check: (content: string) => string | undefined,
  ): string | undefined {
    const path: unknown = partial?.[key];
    if (typeof path !== "string") return undefined;
    try {
      const content = readFile(expandHome(path));
      const reason = check(content);
      if (reason === undefined) return content;
      problems.push(problem(["ssh", key], `in ${path}: ${reason}`));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(
        problem(["ssh", key], `cannot read ${JSON.stringify(path)} (${why}); expected a key file, check the path`),
      );
    }
    return undefined;
  }
}
