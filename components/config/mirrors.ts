import { z } from "zod";
import type { PackageSource } from "../../cloud-init/contract/node";
import { describe } from "./values/problems";
import { checkedText, expecting, list, text } from "./values/forms";

/** Where packages and images come from when not from the Internet. */
export interface MirrorsArgs {
  packages?: {
    /**
     * Base of the signed apt repository that holds kubeadm, kubelet and kubectl (flat layout).
     * @default "https://pkgs.k8s.io/core:/stable:/v<minor>/deb/"
     */
    url: string;
    /**
     * Where the armoured signing key is.
     * @default `<url>Release.key`
     */
    keyUrl?: string;
    /**
     * SHA-256 of the armoured signing key, 64 hex digits; another key is then refused. Required when the key
     * comes over plain http.
     * @default none: the key is trusted as it comes over https
     */
    keySha256?: string;
  };
  /**
   * Registry host to mirror URL.
   * @default {}
   * @example { "registry.k8s.io": "https://mirror.example.com", "ghcr.io": "https://mirror.example.com" }
   */
  images?: Record<string, string>;
  /**
   * The HTTP proxy through which machines download packages, keys and images; nothing else uses it.
   * @default none
   * @example { url: "http://proxy.example.com:3128", except: ["mirror.example.com", ".lan"] }
   */
  proxy?: {
    /** Scheme, host and port, without a user or a password: machines keep it in plain text. */
    url: string;
    /**
     * Hosts that are asked directly: names, ends of names with a dot in front, addresses, networks. A mirror of your own
     * belongs here unless the proxy reaches it. curl before 7.86, as in Ubuntu 22.04, knows no networks here.
     * @default []
     */
    except?: string[];
  };
}

/** The complete form of {@link MirrorsArgs}. */
export interface MirrorsSpec {
  readonly packages: PackageSource;
  /** Registry host to mirror URL, without a slash at the end. */
  readonly images: Readonly<Record<string, string>>;
  /** Absent: machines ask directly. */
  readonly proxy?: { readonly url: string; readonly except: readonly string[] };
}

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

const PROXY_URL = 'the proxy\'s scheme, host and port, such as "http://proxy.example.com:3128"';

/** The reason against a proxy's URL, which systemd reads as well: it holds no character that means something there. */
export function proxyUrlProblem(url: string): string | undefined {
  const problem = mirrorUrlProblem(url);
  if (problem !== undefined) return problem.replace(MIRROR_URL, PROXY_URL);
  return /^https?:\/\/[a-z0-9.[\]:-]+\/?$/i.test(url) ? undefined : `found ${describe(url)}, expected ${PROXY_URL}`;
}

const EXCEPTION = 'a host, a network or the end of a name, such as "mirror.example.com", "10.0.0.0/8" or ".lan"';
const proxySchema = z
  .object({
    url: checkedText(PROXY_URL, proxyUrlProblem),
    except: list("a list of hosts", text(EXCEPTION, /^[a-z0-9.:/-]+$/i)).default([]),
  })
  .strict();

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
    proxy: proxySchema.optional(),
  })
  .strict()
  .default({});

/** Fills in the public package repository of the version's minor, and the signing key's place. */
export function completeMirrors(mirrors: MirrorsArgs, kubernetesVersion: string): MirrorsSpec {
  const minor = kubernetesVersion.split(".").slice(0, 2).join(".");
  const given = mirrors.packages ?? { url: `https://pkgs.k8s.io/core:/stable:/v${minor}/deb/` };
  // apt appends file names to a flat repository's base without adding a slash.
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
    ...(mirrors.proxy === undefined ? {} : { proxy: { except: [], ...mirrors.proxy } }),
  };
}
