import { describe, expect, it } from "vitest";
import { ASSET, diffPaths, plain, secret, SIGNATURE } from "../../plugins/wire";

describe("secrets on the wire", () => {
  it("are taken off at any depth", () => {
    const value = { connection: secret({ host: "h", keys: [secret("k")] }) };
    expect(plain(value)).toEqual({ connection: { host: "h", keys: ["k"] } });
  });

  it("are marked once", () => {
    expect(secret(secret("x"))).toEqual(secret("x"));
  });

  it("leave assets tagged", () => {
    const asset = { [SIGNATURE]: ASSET, text: "t", hash: "h" };
    expect(plain({ source: asset })).toEqual({ source: asset });
  });
});

describe("paths of a difference", () => {
  it("name what was added, deleted and updated", () => {
    const before = { create: "a", triggers: ["1", "2"], gone: true };
    const after = { create: "b", triggers: ["1", "3", "4"], stdin: "x" };
    expect(diffPaths(before, after)).toEqual({
      create: "UPDATE",
      "triggers[1]": "UPDATE",
      "triggers[2]": "ADD",
      gone: "DELETE",
      stdin: "ADD",
    });
  });

  it("quote keys that are no identifiers", () => {
    expect(diffPaths({ data: { "a.b": "1" } }, { data: { "a.b": "2" } })).toEqual({ 'data["a.b"]': "UPDATE" });
  });

  it("are none for equal values in another order of keys", () => {
    expect(diffPaths({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 })).toEqual({});
  });

  it("compare assets by their content", () => {
    const asset = (path: string, hash: string) => ({ source: { [SIGNATURE]: ASSET, path, hash } });
    expect(diffPaths(asset("/one", "h"), asset("/two", "h"))).toEqual({});
    expect(diffPaths(asset("/one", "h"), asset("/one", "i"))).toEqual({ source: "UPDATE" });
  });
});
