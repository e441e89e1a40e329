import { describe, expect, test } from "vitest";
import type { AuthorityStep, Grant } from "../../../cloud-init/contract/grant";
import { hosts, host, BGP } from "../config/samples";
import { asFormedBefore, cluster, madeAuthorities, PKI } from "./lab";
import type { Registration } from "./recorder";
import { SECRET } from "./values";

const args = (authorities?: { generation: number; step?: AuthorityStep }): object => ({
  machines: hosts(1, 2, 3),
  endpoint: { ...BGP, peers: [{ address: "10.0.0.254", as: 65001 }] },
  workers: [{ name: "general", machines: { kind: "ssh", hosts: [host(11)] } }],
  ...(authorities === undefined ? {} : { certificates: { authorities } }),
});
/** A cluster that was formed before its configuration named any authorities. */
const exchanging = (generation: number, step: AuthorityStep) =>
  cluster(args({ generation, step }), false, undefined, asFormedBefore);
const granted = ({ inputs }: Registration): Grant => JSON.parse(String(inputs.stdin)) as Grant;
const made = madeAuthorities(1);

describe("an exchange of certificate authorities", () => {
  test("begins with new ones that are made once, on the first machine, and are a secret of the state", async () => {
    const { find } = await exchanging(1, "trust");
    const make = find("lab-authorities-1");
    expect(make.ignoreChanges).toEqual(expect.arrayContaining(["connection", "create", "stdin"]));
    expect(make.additionalSecretOutputs).toEqual(expect.arrayContaining(["stdout", "stderr"]));
    expect(granted(make)).toMatchObject({ verb: "make-authorities", machine: { name: "m1" } });
  });

  test("asks every machine before the first is changed, and tells the cluster after the last, before workers", async () => {
    const { find } = await exchanging(1, "sign");
    expect(find("lab-authorities-check").dependsOn).toContain("lab-form");
    // A machine with the keys of a step that no other has come to could not join.
    expect(find("lab-m3-join").dependsOn).toContain("lab-authorities-check");
    expect(find("lab-m1-member").dependsOn).toContain("lab-authorities-check");
    expect(find("lab-authorities-told").dependsOn).toContain("lab-m3-member");
    expect(find("lab-members").dependsOn).toContain("lab-authorities-told");
    expect(find("lab-kubeconfig").dependsOn).toContain("lab-authorities-told");
    for (const name of ["check", "told"])
      expect(find(`lab-authorities-${name}`).inputs.create).toMatch(
        / receive # certificate authorities: generation 1, step sign$/,
      );
  });

  test("asks once for each step, whatever is repaired later, and every machine by its address of today", async () => {
    const check = (await exchanging(1, "sign")).find("lab-authorities-check");
    expect(check.inputs.triggers).toEqual(["certificate authorities: generation 1, step sign"]);
    expect(check.ignoreChanges).toEqual(expect.arrayContaining(["connection", "create", "stdin"]));
    expect(granted(check).roster.map(({ name }) => name)).toEqual(["m1", "m2", "m3"]);
    expect(Object.keys(granted(check).authorities?.stages ?? {})).toContain("ca.crt");
  });

  test.each<[AuthorityStep, string, string]>([
    ["trust", `${PKI["ca.crt"]}${made["ca.crt"]}`, PKI["ca.key"]],
    ["sign", `${made["ca.crt"]}${PKI["ca.crt"]}`, made["ca.key"]],
    ["forget", made["ca.crt"], made["ca.key"]],
  ])(
    "hands members the keys of `%s`, those that join, too, and no key of the earlier besides",
    async (step, certificates, key) => {
      const { find, outputs } = await exchanging(1, step);
      for (const name of ["lab-m2-join", "lab-m1-member"]) {
        expect(granted(find(name)).pki).toMatchObject({ "ca.crt": certificates, "ca.key": key });
        expect(granted(find(name)).authorities).toMatchObject({ generation: 1, step });
        expect(find(name).visible.stdin).toBe(SECRET);
      }
      expect(granted(find("lab-authorities-check")).authorities?.earlier?.["ca.key"]).toBe(
        step === "forget" ? PKI["ca.key"] : undefined,
      );
      expect(granted(find("lab-authorities-told")).pki).toBeUndefined();
      expect(outputs.lab?.opened.caCertificate).toBe(certificates);
    },
  );

  test("has the controller manager sign with a file of its own while ca.crt holds two certificates", async () => {
    const argument = "cluster-signing-cert-file";
    for (const [step, expected] of [
      ["trust", true],
      ["sign", true],
      ["forget", false],
    ] as const)
      expect(
        JSON.stringify(granted((await exchanging(1, step)).find("lab-m1-member")).kubeadm).includes(argument),
        step,
      ).toBe(expected);
  });

  test("hands a worker what it trusts, and no key; the last step changes nothing on it", async () => {
    const at = async (step: AuthorityStep) => (await exchanging(1, step)).find("lab-m11-worker");
    expect(granted(await at("trust")).trusts?.authorities).toBe(`${PKI["ca.crt"]}${made["ca.crt"]}`);
    expect(granted(await at("sign")).trusts?.authorities).toBe(made["ca.crt"]);
    const [sign, forget] = [granted(await at("sign")), granted(await at("forget"))];
    expect(forget).toEqual(sign);
    expect(JSON.stringify(sign)).not.toContain("PRIVATE");
  });

  test("issues the kubeconfig anew at each step, and counts what comes due from the formation all along", async () => {
    const { find } = await exchanging(1, "sign");
    expect(find("lab-kubeconfig").inputs.triggers).toEqual([
      "issue 0 of generation 0, good for 365 days, certificate authorities: generation 1, step sign",
    ]);
    expect(granted(find("lab-m1-member")).certificates?.endBefore).toBeUndefined();
  });

  test("is of the authorities before it, when it is the second", async () => {
    const { find } = await exchanging(2, "trust");
    const [before, after] = [madeAuthorities(1), madeAuthorities(2)];
    expect(granted(find("lab-m1-member")).pki).toMatchObject({
      "ca.crt": `${before["ca.crt"]}${after["ca.crt"]}`,
      "ca.key": before["ca.key"],
      "sa.key": PKI["sa.key"],
    });
  });

  test("is none in a cluster that is formed under that number", async () => {
    const { find } = await cluster(args({ generation: 1, step: "trust" }));
    expect(granted(find("lab-form")).authorities).toEqual({ generation: 1, step: "forget" });
    expect(granted(find("lab-m1-member")).pki).toEqual(PKI);
    expect(granted(find("lab-m1-member")).authorities?.step).toBe("forget");
  });

  test("makes no resource and changes no grant where none is asked for", async () => {
    const { resources, find } = await cluster(args());
    expect(resources.map(({ name }) => name).filter(name => name.includes("authorities"))).toEqual([]);
    expect(granted(find("lab-m1-member"))).not.toHaveProperty("authorities");
    expect(granted(find("lab-m11-worker"))).not.toHaveProperty("trusts");
    expect(find("lab-kubeconfig").inputs).not.toHaveProperty("triggers");
  });
});
