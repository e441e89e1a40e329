/** OpenSSH's key types for signing (sshd_config, PubkeyAcceptedAlgorithms; DSA is gone). */
const KEY_TYPES = [
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];
const PRIVATE_BEGINS = /^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/;

export const PUBLIC_KEY = 'one line such as "ssh-ed25519 AAAA... me@example.com"';
export const PRIVATE_KEY = 'a private key in PEM form, "-----BEGIN OPENSSH PRIVATE KEY-----" and so on';

/** The reason against a public key's text. A private key in its place is never quoted. */
export function publicKeyProblem(text: string): string | undefined {
  if (PRIVATE_BEGINS.test(text.trim())) {
    return "found a private key, expected the public one; machines would be given the private key, so make a new pair if it was shared";
  }
  const lines = text.trim().split("\n");
  if (lines.length > 1) return `found ${lines.length} lines, expected ${PUBLIC_KEY}`;
  const [type = "", body = ""] = text.trim().split(/\s+/);
  // The body starts with its own length and type (RFC 4253, 6.6); a cut or mixed-up key does not.
  const named = Buffer.from(body, "base64")
    .subarray(4, 4 + type.length)
    .toString();
  if (KEY_TYPES.includes(type) && named === type) return undefined;
  return `found ${text.trim() === "" ? "an empty text" : `a text that starts with "${type.slice(0, 20)}"`}, expected ${PUBLIC_KEY}`;
}

export const HOST_KEY = 'a host key, one line such as "ssh-ed25519 AAAA..."';

/** The reason against a machine's host key. */
export function hostKeyProblem(text: string): string | undefined {
  const key = text.trim();
  if (PRIVATE_BEGINS.test(key))
    return "found a private key, expected the machine's public host key; make new host keys if it was shared";
  const [type = "", body = ""] = key.split(/\s+/);
  if (/^SHA256:|^MD5:/.test(key)) return `found a fingerprint, expected the key itself; ssh-keyscan prints it`;
  if (KEY_TYPES.includes(body))
    return `found "${type.slice(0, 40)}" in front of the key, as ssh-keyscan prints it; leave it out`;
  if (type === "ssh-rsa")
    return "found an RSA key, expected an ed25519 or ecdsa one: Pulumi's command plugin asks for RSA signatures with SHA-1, which OpenSSH 8.8 and later refuse; 'ssh-keyscan -t ed25519 HOST' prints the other one";
  const named = Buffer.from(body, "base64")
    .subarray(4, 4 + type.length)
    .toString();
  if (KEY_TYPES.includes(type) && !type.startsWith("sk-") && named === type && !key.includes("\n")) return undefined;
  return `found ${key === "" ? "an empty text" : `a text that starts with "${type.slice(0, 20)}"`}, expected ${HOST_KEY}`;
}

/** The reason against a private key's text, which is never quoted. */
export function privateKeyProblem(text: string): string | undefined {
  const key = text.trim();
  if (KEY_TYPES.includes(key.split(/\s/)[0] ?? ""))
    return "found a public key, expected the private one; give this one as ssh.publicKey";
  if (!PRIVATE_BEGINS.test(key)) return `found no private key, expected ${PRIVATE_KEY}`;
  if (isEncrypted(key))
    return "found a key with a passphrase, expected one without; or leave it out and add the key to the SSH agent";
  return undefined;
}

/**
 * PKCS#1 and PKCS#8 say in their header that a key is encrypted; OpenSSH's own form names the cipher after its magic
 * (PROTOCOL.key).
 */
function isEncrypted(pem: string): boolean {
  if (/ENCRYPTED/.test(pem.split("\n").slice(0, 3).join("\n"))) return true;
  if (!pem.startsWith("-----BEGIN OPENSSH")) return false;
  const magic = "openssh-key-v1\0";
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  if (bytes.length < magic.length + 4 || bytes.subarray(0, magic.length).toString("latin1") !== magic) return false;
  const length = bytes.readUInt32BE(magic.length);
  return bytes.subarray(magic.length + 4, magic.length + 4 + length).toString("latin1") !== "none";
}
