import { spawnSync } from "node:child_process";
import execa from "execa";
import * as fc from "fast-check";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect, test } from "vitest";

const DECISIONS = path.resolve(__dirname, "../../../cloud-init/node/grant/lib/silence.pl");
const DRIVER = path.join(__dirname, "silence-driver.pl");

/** All times are in milliseconds. */
interface Event {
  readonly at: number;
  readonly what: "cut" | "mend" | "stop" | "go" | "kill" | "crash" | "leave" | "start";
  readonly of: number;
  /** The machine towards which a link is cut or mended. */
  readonly to?: number;
}

interface Scenario {
  readonly count: number;
  readonly seed: number;
  /** Of a hundred frames. */
  readonly loss: number;
  /** The longest; most frames take a small part of it. */
  readonly latency: number;
  readonly events: readonly Event[];
}

/** `free`: a majority calls `whom` silent, as machine `by` sees it. */
interface Happening {
  readonly at: number;
  readonly what: "free" | "off" | "on" | "gone" | "up";
  readonly by: number;
  readonly whom?: number;
}

const SECONDS = 16;

/** What happens in each scenario, by the real decisions. */
async function happenings(scenarios: readonly Scenario[], decisions = DECISIONS): Promise<Happening[][]> {
  const lines = scenarios.map(({ count, seed, loss, latency, events }) =>
    [count, seed, loss, latency, SECONDS, ...events.map(e => [e.at, e.what, e.of, e.to ?? []].flat().join(":"))].join(
      " ",
    ),
  );
  const { stdout, stderr } = await execa("perl", [DRIVER, decisions], { input: `${lines.join("\n")}\n` });
  expect(stderr).toBe("");
  return stdout
    .trimEnd()
    .split("\n")
    .map(line =>
      line
        .split(" ")
        .filter(Boolean)
        .map(word => {
          const [at, what, by, whom] = word.split(":");
          return {
            at: Number(at),
            what: what as Happening["what"],
            by: Number(by),
            ...(whom === undefined ? {} : { whom: Number(whom) }),
          };
        }),
    );
}

/** What happens in one scenario once all machines have met. */
const happens = async (scenario: Scenario): Promise<Happening[]> =>
  ((await happenings([scenario]))[0] ?? []).filter(one => one.what !== "on" || one.at > 3000);

/** A machine that goes on looks within 0.12 s, and has withdrawn 0.15 s later (silence-driver.pl). */
const NEXT_LOOK = 300;
/** What a program that begins anew after it crashed needs besides, as its earlier run is still bound by what it told. */
const REBOUND = 1300;

/** Each moment at which a machine's lease may be freed while it may still have the address: there has to be none. */
function secondHolders({ events }: Scenario, happened: readonly Happening[]): string[] {
  /** Machines that have withdrawn; of which nothing runs, or nothing that could withdraw; whose processes stand still. */
  const [off, down, still] = [new Set<number>(), new Set<number>(), new Set<number>()];
  /** Until when a machine that has begun anew, or gone on, has to have looked. */
  const excused = new Map<number, number>();
  const timeline = [...events, ...happened].sort((a, b) => a.at - b.at);
  return timeline.flatMap(one => {
    const machine = "of" in one ? one.of : one.by;
    switch (one.what) {
      case "kill":
        // When it boots it has no address, and gets none from a kube-vip that reaches no majority of etcd.
        off.add(machine);
        down.add(machine);
        still.delete(machine);
        break;
      case "crash":
        down.add(machine);
        still.delete(machine);
        break;
      case "stop":
        if (!down.has(machine)) still.add(machine);
        break;
      case "go":
        if (still.delete(machine)) excused.set(machine, one.at + NEXT_LOOK);
        break;
      case "up":
        if (down.delete(machine)) excused.set(machine, one.at + NEXT_LOOK + REBOUND);
        break;
      case "off":
        off.add(machine);
        break;
      case "on":
        off.delete(machine);
        break;
      case "free": {
        const { whom = -1 } = one;
        if (off.has(whom) || down.has(whom) || still.has(whom) || one.at <= (excused.get(whom) ?? -1)) break;
        return [`at ${one.at} machine ${machine} frees ${whom}'s lease`];
      }
    }
    return [];
  });
}

const majority = (count: number) => Math.floor(count / 2) + 1;

const scenario = (
  whats: readonly Event["what"][],
  most: number,
  counts: fc.Arbitrary<number>,
): fc.Arbitrary<Scenario> =>
  counts.chain(count =>
    fc.record({
      count: fc.constant(count),
      seed: fc.nat(2 ** 30),
      loss: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
      latency: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 50, max: 3000 })),
      events: fc.array(
        fc
          .record({
            at: fc.integer({ min: 1500, max: 12_000 }),
            what: fc.constantFrom(...whats),
            of: fc.nat(count - 1),
            step: fc.integer({ min: 1, max: count - 1 }),
          })
          .map(({ at, what, of, step }) => ({
            at,
            what,
            of,
            ...(what === "cut" || what === "mend" ? { to: (of + step) % count } : {}),
          })),
        { maxLength: most },
      ),
    }),
  );

const SIZES = fc.constantFrom(3, 3, 4, 5);

/** So many scenarios go to one process: most of the time is its start. */
const TOGETHER = 25;

const neverTwo = (one: fc.Arbitrary<Scenario>, runs: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: TOGETHER, maxLength: TOGETHER }), async scenarios => {
      const happened = await happenings(scenarios);
      scenarios.forEach((each, i) => expect(secondHolders(each, happened[i] ?? [])).toEqual([]));
    }),
    { numRuns: runs },
  );

/**
 * Machines that the others stop hearing, or that stop hearing them, or both, each link within 0.4 s, for 0.5 to 4.5 s: where
 * a holder and the others may come to different conclusions.
 */
const islands: fc.Arbitrary<Scenario> = SIZES.chain(count =>
  fc.record({
    count: fc.constant(count),
    seed: fc.nat(2 ** 30),
    loss: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })),
    latency: fc.integer({ min: 1, max: 600 }),
    events: fc
      .array(
        fc
          .record({
            of: fc.nat(count - 1),
            at: fc.integer({ min: 2500, max: 10_500 }),
            lasts: fc.integer({ min: 500, max: 4500 }),
            ways: fc.constantFrom("to", "from", "both"),
            links: fc.array(
              fc.record({ spared: fc.integer({ min: 0, max: 9 }), cut: fc.nat(400), mended: fc.nat(400) }),
              { minLength: count, maxLength: count },
            ),
          })
          .map(({ of, at, lasts, ways, links }) =>
            links.flatMap(({ spared, cut, mended }, other): Event[] => {
              if (other === of || spared === 0) return [];
              const link = (from: number, to: number): Event[] => [
                { at: at + cut, what: "cut", of: from, to },
                { at: at + lasts + mended, what: "mend", of: from, to },
              ];
              return [...(ways === "to" ? [] : link(of, other)), ...(ways === "from" ? [] : link(other, of))];
            }),
          ),
        { minLength: 1, maxLength: 5 },
      )
      .map(all => all.flat()),
  }),
);

test("no lease is freed while its holder may have the address: machines that are cut off and come back", async () => {
  await neverTwo(islands, 6);
});

test.each([
  ["a holder that withdraws late", "PROMISE   => 1_200_000", "PROMISE => 1_900_000"],
  ["a holder that never withdraws", "$now - $_->{acked} >= PROMISE", "0"],
  ["a machine that tells a holder too soon again that it is heard", "HOLD      => 600_000", "HOLD => 0"],
])("these scenarios find %s", async (_, rule, other) => {
  const right = fs.readFileSync(DECISIONS, "utf8");
  expect(right).toContain(rule);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-silence-"));
  try {
    const wrong = path.join(folder, "silence.pl");
    fs.writeFileSync(wrong, right.replace(rule, other));
    const scenarios = fc.sample(islands, { numRuns: 120, seed: 5 });
    const happened = await happenings(scenarios, wrong);
    expect(scenarios.flatMap((each, i) => secondHolders(each, happened[i] ?? [])).length).toBeGreaterThan(0);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("no lease is freed while its holder may have the address: whatever stops, dies, crashes, leaves and comes back besides", async () => {
  await neverTwo(scenario(["cut", "mend", "stop", "go", "kill", "crash", "leave", "start", "start"], 20, SIZES), 3);
});

test("no lease is freed while its holder may have the address: programs that begin anew, as with an edit", async () => {
  await neverTwo(scenario(["leave", "start", "start", "cut", "mend"], 16, fc.constant(3)), 2);
});

const both = (at: number, a: number, b: number, what: "cut" | "mend" = "cut"): Event[] => [
  { at, what, of: a, to: b },
  { at, what, of: b, to: a },
];
const quiet = { loss: 0, latency: 20 };

test.each([3, 5])(
  "of %i machines a majority without the dead one frees its lease in 1.4 to 2.1 s, each of it",
  async count => {
    for (let seed = 1; seed <= 3; seed++) {
      const happened = await happens({ count, seed, ...quiet, events: [{ at: 5000, what: "kill", of: 0 }] });
      for (let by = 1; by < count; by++) {
        const first = happened.find(one => one.what === "free" && one.by === by);
        expect(first?.whom).toBe(0);
        expect(first?.at).toBeGreaterThan(6400);
        expect(first?.at).toBeLessThan(7100);
      }
      expect(happened.filter(one => one.what !== "free")).toEqual([]);
    }
  },
);

test("a holder that is cut off withdraws 0.15 s or more before the others may free its lease, and is heard again later", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const events = [...both(5000, 0, 1), ...both(5000, 0, 2), ...both(9000, 0, 1, "mend")];
    const happened = await happens({ count: 3, seed, ...quiet, events });
    const at = (what: Happening["what"]) => happened.find(one => one.what === what && one.at > 5000)?.at ?? 0;
    expect(at("off")).toBeGreaterThan(5800);
    expect(at("free") - at("off")).toBeGreaterThanOrEqual(150);
    expect(at("on")).toBeGreaterThan(9000);
    expect(at("on")).toBeLessThan(10_500);
  }
});

test("one machine's word frees nothing, nor a minority's", async () => {
  await fc.assert(
    fc.asyncProperty(SIZES, fc.nat(1000), fc.nat(), async (count, seed, some) => {
      // The machine is cut from fewer than a majority of the others.
      const cut = 1 + (some % (majority(count) - 1));
      const events = Array.from({ length: cut }, (_, i) => both(5000, 0, i + 1)).flat();
      expect(await happens({ count, seed, ...quiet, events })).toEqual([]);
    }),
    { numRuns: 8 },
  );
});

test("a minority that is parted from the rest frees nothing, whoever holds the lease", async () => {
  await fc.assert(
    fc.asyncProperty(SIZES, fc.nat(1000), async (count, seed) => {
      const few = Array.from({ length: count - majority(count) }, (_, i) => i);
      const rest = Array.from({ length: majority(count) }, (_, i) => i + few.length);
      const events = few.flatMap(a => rest.flatMap(b => both(5000, a, b)));
      const happened = await happens({ count, seed, ...quiet, events });
      expect(happened.filter(one => one.what === "free" && few.includes(one.by))).toEqual([]);
    }),
    { numRuns: 6 },
  );
});

test("of three machines with one dead, nothing is freed when the other two hear nothing of each other", async () => {
  const events: Event[] = [{ at: 3000, what: "kill", of: 2 }, ...both(9000, 0, 1)];
  const happened = await happens({ count: 3, seed: 5, ...quiet, events });
  expect(happened.filter(one => one.what === "free" && one.whom !== 2 && one.at > 9000)).toEqual([]);
});

test("a program that is asked to end on all machines at once makes nobody withdraw", async () => {
  const events = [0, 1, 2].flatMap((of): Event[] => [
    { at: 5000 + 10 * of, what: "leave", of },
    { at: 7500 + 300 * of, what: "start", of },
  ]);
  const happened = await happens({ count: 3, seed: 9, ...quiet, events });
  expect(happened.filter(({ what }) => what === "off" || what === "free")).toEqual([]);
  expect(happened.filter(({ what }) => what === "gone")).toHaveLength(3);
});

/** What a script prints with the decisions at hand. */
const decided = (script: string): string => {
  const { stdout, stderr } = spawnSync("perl", ["-e", `require $ARGV[0]; ${script}`, DECISIONS], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout;
};

/** Machines A, B, C that have heard each other, at 3 s of their clocks; `$all` has them. */
const ACQUAINTED = `
  my @names = qw(A B C);
  our %all = map { $_ => Silence->new(0, $_, [@names], "run$_", 0) } @names;
  sub round { my ($now, @from) = @_; for my $from (@from) { my $text = $all{$from}->beat($now); $all{$_}->hear($now, $text) for grep { $_ ne $from } keys %all } $all{$_}->look($now) for keys %all }
  round($_ * 100_000, @names) for 1 .. 30;
  sub due { my ($who, $now) = @_; join ',', map { join ' ', @$_ } $all{$who}->look($now) }
  sub silence { round($_ * 100_000, 'B', 'C') for 31 .. 48 }
`;

test.each([
  ["a holder that died is silent", "silence();", "ask A,silent A"],
  [
    "one that answers in another way and beats no more is not: its program has ended",
    "round($_ * 100_000, 'B', 'C'), $all{B}->answered($_ * 100_000, 'A') for 31 .. 60; silence();",
    "",
  ],
  [
    "words of a machine with another roster do not count",
    "$all{C} = Silence->new(3e6, 'C', [@names, 'D'], 'runC', 0); silence();",
    "ask A,ask C",
  ],
  ["nor does a machine's own word alone", "round($_ * 100_000, 'B') for 31 .. 48;", "ask A,ask C"],
  ["one that stood still itself begins to listen anew", "", ""],
])("%s", (_, script, expected) => {
  expect(decided(`${ACQUAINTED}${script} print due('B', 4_800_000)`).replace(/withdraw,?/, "")).toBe(expected);
});

test("machines that have never heard each other neither withdraw nor free", async () => {
  const cut = [0, 1, 2].flatMap(a =>
    [0, 1, 2].filter(b => b !== a).map((b): Event => ({ at: 0, what: "cut", of: a, to: b })),
  );
  expect(await happens({ count: 3, seed: 3, ...quiet, events: cut })).toEqual([]);
});
