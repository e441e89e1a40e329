import * as fs from "node:fs";
import * as path from "node:path";
import { output } from "../command";
import { SERVED_HOSTS, SERVICES, STATE_DIR } from "../topology";

const DIR = path.join(STATE_DIR, "pki");
export const RACK_CA = path.join(DIR, "ca.crt");
export const SERVER_CERTIFICATE = path.join(DIR, "server.crt");
export const SERVER_KEY = path.join(DIR, "server.key");

/** Days; a rack lives for hours. */
const LIFETIME = "30";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** A CA of the rack's own and one certificate for every host that it answers for. */
export async function makeCertificates(): Promise<void> {
  if (fs.existsSync(SERVER_CERTIFICATE)) return;
  fs.mkdirSync(DIR, { recursive: true, mode: 0o700 });
  const at = (name: string) => path.join(DIR, name);
  await output([
    "openssl",
    "req",
    "-x509",
    ...KEY,
    "-keyout",
    at("ca.key"),
    "-out",
    RACK_CA,
    "-days",
    LIFETIME,
    "-subj",
    "/CN=Rackplane rack CA",
    "-addext",
    "keyUsage=critical,keyCertSign",
  ]);
  const names = [...SERVED_HOSTS.map(host => `DNS:${host}`), `IP:${SERVICES.address}`].join(",");
  await output([
    "openssl",
    "req",
    "-x509",
    ...KEY,
    "-keyout",
    SERVER_KEY,
    "-out",
    at("server.new"),
    "-days",
    LIFETIME,
    "-CA",
    RACK_CA,
    "-CAkey",
    at("ca.key"),
    "-subj",
    "/CN=rack services",
    "-addext",
    `subjectAltName=${names}`,
    "-addext",
    "basicConstraints=critical,CA:FALSE",
  ]);
  fs.renameSync(at("server.new"), SERVER_CERTIFICATE);
}

const KEYS = path.join(STATE_DIR, "keys");
/** The operator's SSH key; the stack files of the rack name it. */
export const OPERATOR_KEY = path.join(KEYS, "id_ed25519");

/** The operator's SSH key pair. */
export async function makeOperatorKey(): Promise<void> {
  if (fs.existsSync(OPERATOR_KEY)) return;
  fs.mkdirSync(KEYS, { recursive: true, mode: 0o700 });
  await output(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator@rack", "-f", OPERATOR_KEY]);
}
