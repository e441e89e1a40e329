import { z } from "zod";
import type { MirrorsArgs } from "./args";
import type { KindContext } from "./kind";
import { describe, problem, type Problem } from "./values/problems";
import { isRecord, type Partly } from "./values/section";
import type { ClusterSpec } from "./spec";
import { checkedText, expecting, text } from "./values/forms";

const MIRROR_URL = 'an address such as "https://mirror.example.com"';

/** The reason against a mirror's URL. */
export function mirrorUrlProblem(url: string): string | undefined {
  // Nothing that may hold a password or a token is quoted: reasons are shown and kept in logs.
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.host === "") {
    return `found ${url.includes("@") ? "a text" : describe(url)}, expected ${MIRROR_URL}`;
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    return `found scheme "${parsed.protocol.slice(0, -1)}", expected http or https`;
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return "found a user or password in it, expected none; machines keep this address in plain text";
  }
  if (parsed.search !== "" || parsed.hash !== "") return 'found "?" or "#" in it, expected neither';
  return undefined;
}

/** The reason against the name of a registry, as it stands in front of an image's path. */
export function registryProblem(registry: string): string | undefined {
  const found = `found ${JSON.stringify(registry)}`;
  if (/^[a-z]+:\/\//i.test(registry)) {
    return `${found}, expected the registry's host alone; write "${registry.replace(/^[a-z]+:\/\//i, "").replace(/\/.*$/, "")}"`;
  }
  return /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/.test(registry)
    ? undefined
    : `${found}, expected a registry's host, such as "registry.k8s.io"`;
}

const mirrorUrl = checkedText(MIRROR_URL, mirrorUrlProblem);

export const mirrorsSchema = z
  .object({
    packages: z
      .object({
        url: mirrorUrl,
        keyUrl: mirrorUrl.optional(),
        keySha256: text("the SHA-256 of the armoured signing key, 64 hex digits", /^[0-9a-f]{64}$/i).optional(),
      })
      .strict()
      .optional(),
    images: z
      .record(
        checkedText("a registry's host", registryProblem),
        mirrorUrl,
        expecting('an object of registry host to mirror, such as {"registry.k8s.io": "https://mirror.example.com"}'),
      )
      .default({}),
  })
  .strict()
  .default({});

type MirrorsSection = z.output<typeof mirrorsSchema>;

/**
 * What is wrong with how the signing key comes: apt trusts what that key signed, so who can change it on its way can
 * change every package.
 */
export function signingKeyProblems({ packages: good = {} }: Partly<MirrorsSection>, { raw }: KindContext): Problem[] {
  const given = isRecord(raw.mirrors) && isRecord(raw.mirrors.packages) ? raw.mirrors.packages : {};
  // A value that is bad itself has its own reason; nothing is known of it here.
  const keyUrl = given.keyUrl === undefined ? good.url : good.keyUrl;
  if (given.keySha256 !== undefined || keyUrl === undefined || new URL(keyUrl).protocol !== "http:") return [];
  return [
    problem(
      ["mirrors", "packages", "keySha256"],
      "found none for a signing key that comes over plain http, expected its SHA-256, as whoever can change the key on its way can change every package; set it to what `sha256sum Release.key` says where the mirror was made, or give an https keyUrl",
    ),
  ];
}

/** Fills in the public package repository of the version's minor, and the signing key's place. */
export function completeMirrors(mirrors: MirrorsArgs, kubernetesVersion: string): ClusterSpec["mirrors"] {
  const minor = kubernetesVersion.split(".").slice(0, 2).join(".");
  const given = mirrors.packages ?? { url: `https://pkgs.k8s.io/core:/stable:/v${minor}/deb/` };
  // apt joins file names to a flat repository's base as they are.
  const base = given.url.endsWith("/") ? given.url : `${given.url}/`;
  return {
    packages: {
      url: base,
      keyUrl: given.keyUrl ?? `${base}Release.key`,
      ...(given.keySha256 === undefined ? {} : { keySha256: given.keySha256.toLowerCase() }),
    },
    images: Object.fromEntries(
      Object.entries(mirrors.images ?? {}).map(([host, mirror]) => [host, mirror.replace(/\/+$/, "")]),
    ),
  };
}
