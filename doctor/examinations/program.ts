import type { Examination } from "../finding";

const short = (hash: string) => hash.slice(0, 12);

/** The on-node program is there at all. */
export const program: Examination = {
  name: "program",
  examine: ({ machines }) =>
    machines
      .filter(({ installed }) => installed === "")
      .map(({ name }) => ({
        machines: [name],
        found: "no program in /opt/rackplane, or one whose installation was cut",
        expected: "the one that keeps the machine",
        todo: "run 'pulumi up', which brings it",
      })),
};

/** It is the one that came with this doctor; another one may well keep the machine, so this comes last. */
export const programVersion: Examination = {
  name: "program-version",
  examine: ({ machines, program: own }) =>
    machines.flatMap(({ name, installed }) =>
      installed === undefined || installed === "" || installed === own
        ? []
        : [
            {
              machines: [name],
              found: `its program is version ${short(installed)}`,
              expected: `${short(own)}, which came with this doctor`,
              todo: "run 'pulumi up' with this version of Rackplane, or the doctor of the version that was last used",
            },
          ],
    ),
};
