import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../../cli/paths";

/** Another program's whole use of the library, in plain JavaScript: no loader of ours helps it. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const made = [];
const cloudConfig = text => require("node:zlib").gunzipSync(Buffer.from(text.slice(text.indexOf("\\n\\n")), "base64")).toString();
pulumi.runtime.setMocks({
  newResource: args => { made.push(args); return { id: args.name + "-id", state: { ...args.inputs, address: "203.0.113.1", stdout: '{"pki":{"ca.crt":"a certificate","sa.key":"a key"}}' } }; },
  call: args => args.inputs,
}).then(() => {
  const { Cluster } = require("rackplane");
  new Cluster("lab", {
    machines: { kind: "equinix-metal", project: { name: "lab" }, plan: "c3.small.x86", operatingSystem: "ubuntu_24_04", metros: ["sv"] },
    ssh: { publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhZRneoxSyQT79Jo3zMkKAMFVWLX34/xJyp8BWoltF8 me@example" },
  });
  return new Promise(resolve => setTimeout(resolve, 500));
}).then(() => {
  const devices = made.filter(r => r.type === "equinix-metal:index/device:Device");
  console.log(JSON.stringify({ devices: devices.length, program: devices.every(d => cloudConfig(d.inputs.userData).includes("/opt/rackplane/bin/rackplane")) }));
});
`;

test("the packed library works in another program", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-library-"));
  try {
    await execa("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: REPOSITORY, stdin: "ignore" });
    const tarball = fs.readdirSync(folder).find(file => file.endsWith(".tgz")) ?? "no tarball";
    const modules = path.join(folder, "node_modules");
    fs.mkdirSync(path.join(modules, "rackplane"), { recursive: true });
    await execa("tar", [
      "-xzf",
      path.join(folder, tarball),
      "-C",
      path.join(modules, "rackplane"),
      "--strip-components=1",
    ]);
    fs.writeFileSync(path.join(folder, "index.js"), PROGRAM);
    // What npm would install beside it is here already.
    const { stdout } = await execa(process.execPath, ["index.js"], {
      cwd: folder,
      env: { NODE_PATH: path.join(REPOSITORY, "node_modules"), METAL_AUTH_TOKEN: "mocked" },
    });
    expect(JSON.parse(stdout)).toEqual({ devices: 3, program: true });
    const { bin } = JSON.parse(fs.readFileSync(path.join(modules, "rackplane/package.json"), "utf8")) as {
      bin: Record<string, string>;
    };
    const doctor = path.join(modules, "rackplane", bin["rackplane-doctor"] ?? "no doctor");
    const help = await execa(process.execPath, [doctor, "--help"], {
      env: { NODE_PATH: path.join(REPOSITORY, "node_modules") },
    });
    expect(help.stdout).toMatch(/^usage: rackplane-doctor /);
  } finally {
    fs.rmSync(folder, { recursive: true });
    fs.rmSync(path.join(REPOSITORY, "dist"), { recursive: true, force: true });
  }
});
