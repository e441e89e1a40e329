/** An etcd member as the program's decisions are given it. */
export interface Listed {
  id: string;
  name: string;
  address: string;
  role: string;
  healthy: boolean;
}

/** IDs have 64 bits: as numbers they would be rounded. */
export const id = (i: number): string => `1844674407370955160${i}`;

/** Member i: a healthy voter, but for `changes`. */
export const m = (i: number, changes: Partial<Listed> = {}): Listed => ({
  id: id(i),
  name: `m${i}`,
  address: `10.0.0.${i}`,
  role: "voting",
  healthy: true,
  ...changes,
});

export const dead = { healthy: false };
