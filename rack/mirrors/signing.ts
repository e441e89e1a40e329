import * as fs from "node:fs/promises";
import * as path from "node:path";
import { step } from "../command";

/** Who the rack's repository says it is signed by; the key never leaves the cache and is worth nothing elsewhere. */
const SIGNER = "Rackplane rack <rack@rackplane.invalid>";

export interface Signer {
  /** Writes the public key, armoured as pkgs.k8s.io's Release.key. */
  exportKey(file: string): Promise<unknown>;
  /** Writes InRelease and Release.gpg beside the repository's Release. */
  sign(repository: string): Promise<void>;
}

/** Signs with a key that lives in this home; made when there is none. */
export async function withSigner<T>(home: string, use: (signer: Signer) => Promise<T>): Promise<T> {
  await fs.mkdir(home, { recursive: true, mode: 0o700 });
  await fs.chmod(home, 0o700);
  const gpg = (purpose: string, ...args: string[]) => step(["gpg", "--homedir", home, "--batch", ...args], { purpose });
  try {
    if (!(await gpg("listing keys", "--list-secret-keys", "--with-colons")).includes("\nfpr:")) {
      await gpg(
        "making the apt mirror's key",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
        "--quick-generate-key",
        SIGNER,
        "ed25519",
        "sign",
        "never",
      );
    }
    return await use({
      exportKey: file =>
        gpg("exporting the apt mirror's key", "--yes", "--armor", "--output", file, "--export", SIGNER),
      sign: async repository => {
        const [release, inRelease, detached] = ["Release", "InRelease", "Release.gpg"].map(name =>
          path.join(repository, name),
        ) as [string, string, string];
        const signing = ["--yes", "--local-user", SIGNER];
        await gpg("signing the apt mirror", ...signing, "--clearsign", "--output", inRelease, release);
        await gpg("signing the apt mirror", ...signing, "--armor", "--detach-sign", "--output", detached, release);
      },
    });
  } finally {
    // gpg leaves an agent behind for every home it used.
    await step(["gpgconf", "--homedir", path.resolve(home), "--kill", "all"], { purpose: "ending gpg's agent" });
  }
}
