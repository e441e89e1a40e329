/**
 * The SSH host key in an event that a machine posted to its platform (node/boot/verbs/prepare.sh); undefined in any
 * other event. User data has machines make an ed25519 key and no other (user-data.ts), which is 51 bytes (RFC 8709, 4).
 */
export const toldHostKey = (text: string): string | undefined => TOLD.exec(text)?.[1];

const TOLD = /rackplane host key: (ssh-ed25519 [A-Za-z0-9+/]{68})(?![A-Za-z0-9+/=])/;
