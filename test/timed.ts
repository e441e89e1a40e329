/**
 * For tests that watch programs over time: both share two cores with everything else that the host does, so that only
 * what fails twice in a row is the program's. `./rackplane test` names those that needed their second try.
 */
export const TIMED = { retry: 1 } as const;
