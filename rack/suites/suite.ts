/** What failed. */
export interface Failure {
  /** As a person would look for it: the suite, and the test's whole name or the check's. */
  readonly what: string;
  /** What the test said, without its stack; none where nothing but its end is known. */
  readonly why?: string;
}

/** What a suite found. */
export interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
  /** Those among the passed ones that failed at their first try: tests that watch time, on a busy host. */
  readonly twice: readonly string[];
}

/** A part of the tests that can be asked for by its name. */
export interface Suite {
  readonly name: string;
  /** What is known when it has passed. */
  readonly shows: string;
  /** Minutes on two cores with all tools built, rounded up to halves; `./rackplane test --list` says what it took here. */
  readonly minutes: number;
  /** `node`: any user, no rack. `root`: brings racks up, one after the other, and takes them down. */
  readonly needs: "node" | "root";
  /** Run by `./rackplane test` when nothing else is asked for. */
  readonly core: boolean;
  /** Beginnings of paths: a change below one of them makes the suite one of the first that CI runs. */
  readonly covers: readonly string[];
  /** Why CI does not draw it, which has to be green: it has not passed as a whole yet. Goes with its first whole run. */
  readonly open?: string;
  readonly run: () => Promise<Result>;
}

export const sumOf = (results: readonly Result[]): Result => ({
  passed: results.reduce((n, { passed }) => n + passed, 0),
  failed: results.reduce((n, { failed }) => n + failed, 0),
  failures: results.flatMap(({ failures }) => failures),
  twice: results.flatMap(({ twice }) => twice),
});
