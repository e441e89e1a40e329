import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { USER } from "./values/linux-names";
import { problem, type Problem } from "./values/problems";
import { judged, readSection, type Reading } from "./values/section";
import { PRIVATE_KEY, PUBLIC_KEY, privateKeyProblem, publicKeyProblem } from "./values/ssh-keys";
import { checkedText, lateText, list, oneOf, secretText, type LateText } from "./values/forms";

/** How Pulumi reaches the machines. The public key, as text or as a file, is required where machines are rented. */
export interface SshArgs {
  /**
   * User to log in as; needs root's rights.
   * @default "root"
   */
  user?: string;
  /**
   * File that holds the public key; `~` is your home directory.
   * @example "~/.ssh/id_ed25519.pub"
   */
  publicKeyPath?: string;
  /**
   * Public key as text.
   * @example "ssh-ed25519 AAAA... me@example.com"
   */
  publicKey?: pulumi.Input<string>;
  /**
   * File that holds the private key, without passphrase; `~` is your home directory. Pulumi's state gets a copy of the
   * key with every command, encrypted: whoever can decrypt the state has the key. Prefer the agent, which keeps it.
   * @default none: the SSH agent is asked
   */
  privateKeyPath?: string;
  /**
   * Private key as text (PEM), without passphrase. Kept secret, with a copy in Pulumi's state as of `privateKeyPath`.
   * @default none: the SSH agent is asked
   */
  privateKey?: pulumi.Input<string>;
  /**
   * How the host key of a rented machine is known, before the first grant goes to it. `vouched`: the machine tells it to
   * its platform when it boots, and Pulumi asks the Metal API for it, once for each machine, with the provider's token.
   * `first-use`: whatever answers the first connection is taken for the machine, so that another SSH server on the way
   * gets the cluster's keys; for a Metal API that lists no events. Machines that exist are known by their `hostKey`.
   * @default "vouched"
   */
  hostKeys?: HostKeys;
  /**
   * Public keys that may log in as `user` on every machine, besides those that could before. To change
   * the key that Pulumi has: name the new one here, `pulumi up`, give Pulumi the new private key.
   * @default []
   * @example ["ssh-ed25519 AAAA... second@example.com"]
   */
  authorizedKeys?: string[];
}

export const HOST_KEYS = ["vouched", "first-use"] as const;
export type HostKeys = (typeof HOST_KEYS)[number];

/** The complete form of {@link SshArgs}. */
export interface SshSpec {
  readonly user: string;
  /** One line, `<type> <base64> [comment]`; there whenever machines are rented. */
  readonly publicKey?: LateText;
  /** Secret. Absent: the SSH agent is asked. */
  readonly privateKey?: pulumi.Output<string>;
  readonly hostKeys: HostKeys;
  /** One line each; absent: none. */
  readonly authorizedKeys?: readonly string[];
}

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
    publicKey: lateText(PUBLIC_KEY, publicKeyProblem, key => key.trim()).optional(),
    publicKeyPath: keyPath(),
    privateKey: secretText(PRIVATE_KEY, privateKeyProblem).optional(),
    privateKeyPath: keyPath(),
    hostKeys: oneOf(HOST_KEYS).default("vouched"),
    authorizedKeys: list("a list of public keys", checkedText(PUBLIC_KEY, publicKeyProblem)).default([]),
  })
  .strict()
  .default({});

export type SshSection = z.output<typeof sshSchema>;

/** Resolves the `ssh` section, reading the key files that it names. */
export function readSsh(raw: unknown, readFile: FileReader): Reading<SshSpec, SshSection> {
  const reading = readSection(sshSchema, raw, ["ssh"]);
  const { value: ssh, partial } = reading;
  const problems: Problem[] = [];

  for (const [asText, asFile] of [
    ["publicKey", "publicKeyPath"],
    ["privateKey", "privateKeyPath"],
  ] as const) {
    if (partial[asText] !== undefined && partial[asFile] !== undefined) {
      problems.push(problem(["ssh", asFile], `found ssh.${asText} too, expected one of the two; leave one out`));
    }
  }
  const publicKey = ssh?.publicKey ?? fromFile("publicKeyPath", publicKeyProblem)?.trim();
  const keyFile = fromFile("privateKeyPath", privateKeyProblem);
  const privateKey = ssh?.privateKey ?? (keyFile === undefined ? undefined : pulumi.secret(keyFile));
  return judged(reading, problems, ({ user, hostKeys, authorizedKeys }) => ({
    user,
    hostKeys,
    ...(authorizedKeys.length === 0 ? {} : { authorizedKeys: authorizedKeys.map(key => key.trim()) }),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(privateKey === undefined ? {} : { privateKey }),
  }));

  function fromFile(
    key: "publicKeyPath" | "privateKeyPath",
    check: (content: string) => string | undefined,
  ): string | undefined {
    const path: unknown = partial[key];
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
