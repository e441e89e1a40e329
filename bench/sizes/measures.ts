/** What `./rackplane measure` can measure, and how its help says it. */
export const MEASURES = {
  state: { what: "bytes of the Pulumi state of 3 control-plane machines and 100 workers" },
  preview: { what: "seconds of a preview of 200 machines, against the engine's own for as many resources" },
  "user-data": { what: "bytes of the user data of every stack that rents machines" },
} as const;
export type Measure = keyof typeof MEASURES;
