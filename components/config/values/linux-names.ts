import { text } from "./forms";

/** A user of a machine (shadow's own form of names). */
export const USER = text("a user name: a-z, 0-9, _ and -, at most 32", /^[a-z_][a-z0-9_-]{0,31}$/);

/** Linux' own limit, IFNAMSIZ, is 15 characters. */
export const INTERFACE = text(
  'the name of a network interface, at most 15 characters, such as "bond0"',
  /^[A-Za-z0-9_.@-]{1,15}$/,
);
