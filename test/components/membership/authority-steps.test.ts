import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { PKI_FILES } from "../../../cloud-init/contract/pki";
import type { AuthorityStep } from "../../../cloud-init/contract/grant";
import {
  authorityRefusal,
  FORMED,
  pinOf,
  pkiAfter,
  stageHashes,
  workerTrusts,
  type Place,
} from "../../../components/membership/authority-steps";
import { madeAuthorities, PKI } from "../cluster/lab";

const at = (generation: number, step: AuthorityStep): Place => ({ generation, step });

describe("an edit of the certificate authorities", () => {
  test.each<[string, Place, Place]>([
    ["the first `trust` follows the formation", FORMED, at(1, "trust")],
    ["`sign` follows `trust`", at(1, "trust"), at(1, "sign")],
    ["`forget` follows `sign`", at(1, "sign"), at(1, "forget")],
    ["the next generation's `trust` follows `forget`", at(1, "forget"), at(2, "trust")],
    ["`trust` may be taken back, since nothing is signed yet", at(1, "trust"), FORMED],
    ["a later `trust` may be, too", at(3, "trust"), at(2, "forget")],
    ["no edit is no step", at(2, "sign"), at(2, "sign")],
  ])("is followed: %s", (_what, was, is) => {
    expect(authorityRefusal(was, is)).toBeUndefined();
  });

  test.each<[string, Place, Place, string]>([
    [
      "`sign` comes after `trust`",
      FORMED,
      at(1, "sign"),
      "found generation 1, step sign, expected generation 1, step trust first",
    ],
    ["`forget` comes after both", FORMED, at(1, "forget"), "expected generation 1, step trust first"],
    [
      "no step is left out",
      at(1, "trust"),
      at(1, "forget"),
      "found generation 1, step forget, expected generation 1, step sign first",
    ],
    ["an exchange ends before the next", at(1, "sign"), at(2, "trust"), "expected generation 1, step forget first"],
    ["no generation is left out", at(1, "forget"), at(3, "trust"), "expected generation 2, step trust first"],
    [
      "nothing leads back from `sign`",
      at(1, "sign"),
      at(1, "trust"),
      "expected generation 1, step sign or generation 1, step forget; nothing leads back",
    ],
    ["... nor from `forget`", at(1, "forget"), at(1, "sign"), "nothing leads back"],
    [
      "... nor to the formation's",
      at(1, "forget"),
      FORMED,
      "found none, expected generation 1, step forget or generation 2, step trust",
    ],
    ["a `trust` is taken back to what was before it alone", at(2, "trust"), at(1, "sign"), "nothing leads back"],
  ])("is refused: %s", (_what, was, is, words) => {
    expect(authorityRefusal(was, is)).toContain(words);
  });
});

describe("the files of a cluster", () => {
  const exchange = { earlier: PKI, next: madeAuthorities(1) };
  const [old, made] = [PKI, exchange.next];

  test.each<[AuthorityStep, string, string]>([
    ["trust", `${old["etcd/ca.crt"]}${made["etcd/ca.crt"]}`, old["etcd/ca.key"]],
    ["sign", `${made["etcd/ca.crt"]}${old["etcd/ca.crt"]}`, made["etcd/ca.key"]],
    ["forget", made["etcd/ca.crt"], made["etcd/ca.key"]],
  ])("after `%s` have the signer's certificate first, and its key", (step, certificates, key) => {
    const pki = pkiAfter(exchange, step);
    expect([pki["etcd/ca.crt"], pki["etcd/ca.key"]]).toEqual([certificates, key]);
    expect(pki["sa.key"]).toBe(old["sa.key"]);
  });

  test("are known by the hashes of what they hold at each stage, and by no content", () => {
    const hashes = stageHashes(exchange);
    expect(Object.keys(hashes)).toEqual(PKI_FILES);
    for (const [i, step] of (["trust", "sign", "forget"] as const).entries())
      expect(hashes["ca.key"][i + 1]).toBe(
        createHash("sha256").update(pkiAfter(exchange, step)["ca.key"]).digest("hex"),
      );
    expect(JSON.stringify(hashes)).not.toContain("PRIVATE");
  });

  test("leave a worker with the new authority alone once that signs", () => {
    expect(workerTrusts(exchange, "trust")).toBe(`${old["ca.crt"]}${made["ca.crt"]}`);
    expect([workerTrusts(exchange, "sign"), workerTrusts(exchange, "forget")]).toEqual([
      made["ca.crt"],
      made["ca.crt"],
    ]);
  });

  test("have no pin where they are no certificate", () => {
    expect(pinOf(old["ca.crt"])).toBeUndefined();
  });
});
