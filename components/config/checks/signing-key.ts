import { problem } from "../values/problems";
import type { Check } from "./given";

/**
 * What is wrong with how the signing key comes: apt trusts what that key signed, so a machine that can change the key
 * in transit can change every package.
 */
export const signingKey: Check = ({ cluster: { partial, says } }) => {
  const good = partial.mirrors?.packages ?? {};
  // A bad value is reported by its own check and is absent here.
  const keyUrl = says("mirrors", "packages", "keyUrl") ? good.keyUrl : good.url;
  const pinned = says("mirrors", "packages", "keySha256");
  if (pinned || keyUrl === undefined || new URL(keyUrl).protocol !== "http:") return [];
  return [
    problem(
      ["mirrors", "packages", "keySha256"],
      "found none for a signing key that comes over plain http, expected its SHA-256, as whoever can change the key on its way can change every package; set it to what `sha256sum Release.key` says where the mirror was made, or give an https keyUrl",
    ),
  ];
};
