import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** A date as `openssl ca` takes it: YYYYMMDDHHMMSSZ. */
const stamp = (time: number): string => new Date(time).toISOString().replace(/[-:T]|\.\d+/g, "");

/** A real certificate authority in a directory, made by openssl, whose certificates last for seconds where asked. */
export class Authority {
  constructor(private readonly directory: string) {
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(this.file("index"), "");
    fs.writeFileSync(
      this.file("ca.cnf"),
      `[ca]\ndefault_ca=own\n[own]\ndatabase=${this.file("index")}\nnew_certs_dir=${directory}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n`,
    );
    this.openssl(
      "req",
      "-x509",
      ...this.key("ca"),
      "-subj",
      "/CN=kubernetes",
      "-days",
      "3650",
      "-out",
      this.file("ca.crt"),
    );
  }

  private file(name: string): string {
    return path.join(this.directory, name);
  }
  private openssl(...args: string[]): void {
    execFileSync("openssl", args, { stdio: "pipe" });
  }
  private key(name: string): string[] {
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", this.file(`${name}.key`)];
  }
  get certificate(): string {
    return fs.readFileSync(this.file("ca.crt"), "utf8");
  }

  /** A server's certificate for an IPv4 address, which ends so many seconds from now; in the past where negative. */
  issue(name: string, address: string, endsIn: number): { key: string; cert: string } {
    const now = Date.now();
    this.openssl("req", "-new", ...this.key(name), "-subj", `/CN=${name}`, "-out", this.file(`${name}.csr`));
    fs.writeFileSync(this.file(`${name}.ext`), `subjectAltName=IP:${address}\nextendedKeyUsage=serverAuth\n`);
    this.openssl(
      ...["ca", "-batch", "-notext", "-config", this.file("ca.cnf"), "-cert", this.file("ca.crt")],
      ...["-keyfile", this.file("ca.key"), "-in", this.file(`${name}.csr`), "-extfile", this.file(`${name}.ext`)],
      ...[
        "-startdate",
        stamp(now - 86_400_000),
        "-enddate",
        stamp(now + endsIn * 1000),
        "-out",
        this.file(`${name}.crt`),
      ],
    );
    return {
      key: fs.readFileSync(this.file(`${name}.key`), "utf8"),
      cert: fs.readFileSync(this.file(`${name}.crt`), "utf8"),
    };
  }
}
