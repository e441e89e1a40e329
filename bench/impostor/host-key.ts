import { utils } from "ssh2";

/** An ed25519 key pair for an SSH server. One key in some hundred that ssh2 makes it cannot read itself. */
export function ed25519Pair() {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
