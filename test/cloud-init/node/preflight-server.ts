import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, expect } from "vitest";

import type { NodeSpec } from "../../../cloud-init/contract/node";
import { preflightRequest, type PreflightAnswer, type PreflightFacts } from "../../../cloud-init/preflight";
import { arpAnnouncer as arp, plainNode } from "../nodes";

const temporary: string[] = [];
afterAll(() => temporary.forEach(directory => fs.rmSync(directory, { recursive: true })));

const NODE = path.resolve(__dirname, "../../../cloud-init/node");
const PROGRAM = path.join(NODE, "bin/rackplane");
export const VIP = "127.0.0.1";
/** A port on which nobody listens here. */
const PORT = 1;

/** A server in a directory: what the kernel and the network say of it are files, and it is never changed. */
export class Server {
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-preflight-"));

  constructor() {
    temporary.push(this.root);
    this.write("etc/os-release", 'ID=debian\nVERSION_ID="12"\n');
    this.write("etc/machine-id", "3d1219c7\n");
    this.write("sys/class/dmi/id/product_uuid", "5d1c2e9a\n");
    this.write("proc/meminfo", "MemTotal:        8000000 kB\n");
    this.write("proc/swaps", "Filename Type Size Used Priority\n");
    this.listen();
    this.write("addresses", "2: eth0    inet 10.70.17.9/24 scope global eth0\n");
    this.write("vip-route", `${VIP} dev eth0 src 10.70.17.9 uid 0\n`);
    for (const program of [
      "ip",
      "uname",
      "nproc",
      "systemd-detect-virt",
      "openssl",
      "systemctl",
      "apt-get",
      "curl",
      "kubelet",
    ])
      this.write(`fakes/${program}`, FAKE, 0o755);
  }

  listen(...ports: number[]): void {
    const line = (port: number) =>
      `   0: 00000000:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A 0 0\n`;
    this.write("proc/net/tcp", `  sl  local_address rem_address   st\n${ports.map(line).join("")}`);
  }
  write(file: string, content: string, mode = 0o644): void {
    fs.mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    fs.writeFileSync(path.join(this.root, file), content, { mode });
  }
  remove(file: string): void {
    fs.rmSync(path.join(this.root, file));
  }

  /** As the launcher runs it on a machine that has nothing of ours. */
  async asked(node: Partial<NodeSpec> = {}, facts: Partial<PreflightFacts> = {}) {
    const request = preflightRequest({
      node: { ...plainNode, machine: { kind: "ssh" }, endpoint: { address: VIP, port: PORT }, announcer: arp, ...node },
      machine: { name: "demo-cp-0", address: "10.70.17.9" },
      roster: [{ name: "demo-cp-1", address: "10.70.17.11" }],
      epoch: Math.floor(Date.now() / 1000),
      ...facts,
    });
    const child = spawn("bash", [PROGRAM, "preflight"], {
      env: { PATH: `${this.root}/fakes:/usr/bin:/bin`, RACKPLANE_ROOT: this.root, RACKPLANE_BUNDLE: NODE },
    });
    child.stdin.end(request);
    let stdout = "",
      stderr = "";
    child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
    child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
    const code = await new Promise<number | null>(done => child.on("close", done));
    const answer = JSON.parse(stdout) as PreflightAnswer;
    expect(stderr).toBe(
      answer.findings
        .map(
          ({ check, found, expected, todo }) =>
            `demo-cp-0: preflight ${check}: found ${found}, expected ${expected}; ${todo}\n`,
        )
        .join(""),
    );
    return { code, answer };
  }
}

/** One stand-in for what the checks ask; answers are files beside it. */
const FAKE = `#!/usr/bin/env bash
root=$RACKPLANE_ROOT
case "\${0##*/} $*" in
  "uname -n") cat "$root/hostname" 2>/dev/null || echo demo-cp-0 ;;
  nproc*) cat "$root/cpus" 2>/dev/null || echo 4 ;;
  systemd-detect-virt*) [ -e "$root/container" ] ;;
  "ip -4 route show default") [ -e "$root/no-default" ] || echo "default via 10.70.17.1 dev eth0" ;;
  "ip -4 -o address show to "*) grep -F " \${*: -1}" <(sed 's#/[0-9]* #/32 #' "$root/addresses") ;;
  "ip -4 -o address show scope global") cat "$root/addresses" ;;
  "ip -o link show dev "*) grep -q " \${*: -1}$" "$root/addresses" ;;
  "ip -o link show") echo "2: eth0: <UP>" ;;
  "ip -4 route get fibmatch "*) cat "$root/vip-match" 2>/dev/null || echo "default via 10.70.17.1 dev eth0" ;;
  "ip -4 route get "*) cat "$root/vip-route" ;;
  "ip -4 neigh show to "*) cat "$root/remembered" "$root/neighbour" 2>/dev/null ;;
  "ip -4 neigh flush to "*) rm -f "$root/remembered" ;;
  "openssl s_client -connect "*) cat "$root/tls/$3" 2>/dev/null ;;
  "openssl x509 "*) cat ;;
  "systemctl is-active --quiet kubelet") [ -e "$root/kubelet-runs" ] ;;
  "curl "*/v3/cluster/member/list) cat "$root/etcd-members" 2>/dev/null ;;
  "kubelet --version") echo "Kubernetes v1.29.4" ;;
esac
`;
