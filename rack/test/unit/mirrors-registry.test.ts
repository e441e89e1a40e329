import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildImages, registryStorage, startRegistry, type ImageSpec } from "../../mirrors";
import { writeLayout } from "../../mirrors/layout";
import { configuration } from "../../mirrors/registry";
import { cacheDir } from "../../topology";

const crane = path.join(cacheDir(), "bin", "crane");
const registry = "/usr/bin/docker-registry";
const missing = [crane, registry].filter(file => !fs.existsSync(file));
const skipped = missing.length > 0 ? ` (skipped: no ${missing.join(", ")})` : "";

let cache: string;
beforeEach(() => {
  cache = fs.mkdtempSync(path.join(os.tmpdir(), "mirrors-"));
  fs.mkdirSync(path.join(cache, "bin"));
  fs.writeFileSync(path.join(cache, "bin", "hello"), "#!/bin/sh\necho hello\n");
  if (!skipped) fs.symlinkSync(crane, path.join(cache, "bin", "crane"));
});
afterEach(() => fs.rmSync(cache, { recursive: true, force: true }));

const hello: ImageSpec = {
  name: "registry.k8s.io/test/hello",
  tag: "v1",
  programs: { "/usr/bin/hello": "hello" },
  entrypoint: ["/usr/bin/hello"],
};

describe("an image layout", () => {
  const folder = (name: string, order: readonly string[], when: Date) => {
    const root = path.join(cache, name);
    fs.mkdirSync(path.join(root, "etc"), { recursive: true });
    for (const file of order) fs.writeFileSync(path.join(root, "etc", file), file);
    for (const file of order) fs.utimesSync(path.join(root, "etc", file), when, when);
    return root;
  };

  it("of the same files has the same digest, whenever and in whatever order they were written", async () => {
    const first = folder("first", ["a", "b"], new Date(1_000_000));
    const second = folder("second", ["b", "a"], new Date());
    const config = { entrypoint: ["/a"] };
    const digest = await writeLayout(path.join(cache, "layout-1"), [first], config);
    expect(await writeLayout(path.join(cache, "layout-2"), [second], config)).toBe(digest);
    fs.writeFileSync(path.join(second, "etc", "a"), "changed");
    expect(await writeLayout(path.join(cache, "layout-3"), [second], config)).not.toBe(digest);
  });
});

describe("the registry", () => {
  it("serves read-only unless a build asks otherwise", () => {
    const options = { address: "192.0.2.2", port: 5000, storage: "/storage" };
    expect(configuration(options)).toMatchObject({
      http: { addr: "192.0.2.2:5000" },
      storage: { filesystem: { rootdirectory: "/storage" }, maintenance: { readonly: { enabled: true } } },
    });
    expect(configuration({ ...options, writable: true })).toMatchObject({
      storage: { maintenance: { readonly: { enabled: false } } },
    });
  });

  it.skipIf(skipped)(`answers for an image that was built into its storage${skipped}`, async () => {
    await buildImages(cache, () => undefined, [hello]);
    const running = await startRegistry({ address: "127.0.0.1", port: 0, storage: registryStorage(cache) });
    try {
      const reference = `127.0.0.1:${running.port}/test/hello:v1`;
      const config: unknown = JSON.parse(
        execFileSync(crane, ["config", "--insecure", reference], { encoding: "utf8" }),
      );
      expect(config).toMatchObject({
        os: "linux",
        architecture: "amd64",
        created: "1970-01-01T00:00:00Z",
        config: { Entrypoint: ["/usr/bin/hello"] },
      });
      const files = execFileSync("tar", ["-tv", "--numeric-owner"], {
        input: execFileSync(crane, ["export", "--insecure", reference, "-"]),
        encoding: "utf8",
      });
      expect(files).toMatch(/^-rwxr-xr-x 0\/0 .* usr\/bin\/hello$/m);
      expect(files).toMatch(/^drwxrwxrwt 0\/0 .* tmp\/?$/m);
    } finally {
      await running.stop();
    }
  });

  it.skipIf(skipped)(`says what is wrong when its address is taken${skipped}`, async () => {
    const storage = path.join(cache, "storage");
    const first = await startRegistry({ address: "127.0.0.1", port: 0, storage });
    try {
      await expect(startRegistry({ address: "127.0.0.1", port: first.port, storage })).rejects.toThrow(
        /registry at 127\.0\.0\.1:\d+: ended with 1, expected it to listen/,
      );
    } finally {
      await first.stop();
    }
  });
});

describe("building images", () => {
  const build = async () => {
    const said: string[] = [];
    await buildImages(cache, line => said.push(line.replace(/ [\d.]+ s$/, "")), [hello]);
    return said;
  };
  const built = ["image registry.k8s.io/test/hello:v1"];
  const current = ["images: all 1 are current"];

  it.skipIf(skipped)(`does nothing until a program changes or the storage is lost${skipped}`, async () => {
    expect(await build()).toEqual(built);
    expect(await build()).toEqual(current);
    fs.writeFileSync(path.join(cache, "bin", "hello"), "#!/bin/sh\necho good evening\n");
    expect(await build()).toEqual(built);
    fs.rmSync(path.join(registryStorage(cache), "docker"), { recursive: true });
    expect(await build()).toEqual(built);
    expect(await build()).toEqual(current);
  });

  it.skipIf(skipped)(`leaves nothing behind when a push fails, and is taken up again${skipped}`, async () => {
    fs.rmSync(path.join(cache, "bin", "crane"));
    fs.writeFileSync(path.join(cache, "bin", "crane"), "#!/bin/sh\necho no space >&2\nexit 3\n", { mode: 0o755 });
    await expect(build()).rejects.toThrow(/pushing registry.k8s.io\/test\/hello:v1: .* ended with 3, .*\n {2}no space/);
    expect(fs.readdirSync(cache).sort()).toEqual(["bin", "registry"]);
    fs.rmSync(path.join(cache, "bin", "crane"));
    fs.symlinkSync(crane, path.join(cache, "bin", "crane"));
    expect(await build()).toEqual(built);
  });

  it.skipIf(skipped)(`takes away what a killed build left, and not what a living one uses${skipped}`, async () => {
    const dead = spawnSync("true").pid;
    for (const pid of [dead, process.pid]) fs.mkdirSync(path.join(cache, `mirror-building.${pid}.left`));
    await build();
    expect(fs.readdirSync(cache).sort()).toEqual(["bin", `mirror-building.${process.pid}.left`, "registry"]);
  });

  it("names the program that is not there", async () => {
    fs.rmSync(path.join(cache, "bin", "hello"));
    await expect(build()).rejects.toThrow(
      /hello:v1: expected the program .*\/bin\/hello, found none; run rack\/tools\/build.sh/,
    );
  });
});
