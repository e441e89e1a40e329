import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MACHINE_SIZE, overlap, parseRange, rangeProblem, type Range } from "../../../components/config/values/ranges";
import { nearest } from "../../../components/config/values/suggest";
import { given, machines, parse, refusal } from "./samples";

/** Any text of the form a.b.c.d/n, host bits included. */
const cidrText = fc
  .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
  .map(([address, prefix]) => `${address}/${prefix}`);

const range: fc.Arbitrary<Range> = fc
  .tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 1, max: 32 }))
  .map(([value, prefix]) => {
    const size = 2 ** (32 - prefix);
    const first = Math.floor(value / size) * size;
    return { first, last: first + size - 1, prefix };
  });

describe("ranges", () => {
  test("overlap is the same from either side, and a range overlaps itself", () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        expect(overlap(a, b)).toBe(overlap(b, a));
        expect(overlap(a, a)).toBe(true);
      }),
    );
  });

  test("two ranges overlap exactly when one holds the other", () => {
    const holds = (a: Range, b: Range): boolean => a.first <= b.first && b.last <= a.last;
    fc.assert(
      fc.property(range, range, (a, b) => {
        expect(overlap(a, b)).toBe(holds(a, b) || holds(b, a));
      }),
    );
  });

  test("a range with host bits is mended by writing what the message says", () => {
    fc.assert(
      fc.property(cidrText, text => {
        const mended = /write "([^"]+)"$/.exec(rangeProblem(text, MACHINE_SIZE) ?? "")?.[1];
        expect(parseRange(mended ?? text)).toBeDefined();
      }),
    );
  });

  test("pods and services are refused exactly when they overlap", () => {
    const inTen = (smallest: number): fc.Arbitrary<string> =>
      fc.tuple(fc.nat(2 ** 24 - 1), fc.integer({ min: 12, max: smallest })).map(([value, prefix]) => {
        const size = 2 ** (32 - prefix);
        const first = Math.floor(value / size) * size;
        return `10.${[16, 8, 0].map(shift => Math.floor(first / 2 ** shift) % 256).join(".")}/${prefix}`;
      });
    fc.assert(
      fc.property(inTen(22), inTen(28), (podCidr, serviceCidr) => {
        const [pods, services] = [parseRange(podCidr), parseRange(serviceCidr)];
        if (pods === undefined || services === undefined) throw new Error(`not ranges: ${podCidr} ${serviceCidr}`);
        expect(refusal(given({ network: { podCidr, serviceCidr } })).problems.length > 0).toBe(overlap(pods, services));
      }),
    );
  });
});

describe("specs", () => {
  test("whatever count is asked for, a spec that parses has an odd one with as many names", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -3, max: 12 }), fc.double(), fc.string()), count => {
        const args = given({ controlPlane: { count } });
        if (refusal(args).problems.length > 0) return;
        const { controlPlane } = parse(args);
        expect([1, 3, 5, 7]).toContain(controlPlane.count);
        expect(new Set(controlPlane.names).size).toBe(controlPlane.count);
      }),
    );
  });

  test("any name that parses gives legal host names", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "z", "0", "-", "A", "."), maxLength: 70 }), name => {
        const args = given({ name });
        if (refusal(args).problems.length > 0) return;
        for (const host of parse(args).controlPlane.names)
          expect(host).toMatch(/^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
      }),
    );
  });

  test("sites keep number and order, so that machines spread over them in turn as they were given", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("SV", "da", "Ny", "am"), { minLength: 1, maxLength: 7 }), metros => {
        expect(parse(machines({ metros })).machines).toMatchObject({
          sites: { codes: metros.map(code => code.toLowerCase()) },
        });
      }),
    );
  });

  test("no input makes the parser fail otherwise than with a list of problems", () => {
    fc.assert(
      fc.property(
        fc.object({
          key: fc.constantFrom("machines", "ssh", "network", "kind", "project", "podCidr", "image", "x"),
          maxDepth: 3,
        }),
        args => {
          expect(refusal(args).problems.length).toBeGreaterThan(0);
        },
      ),
    );
    fc.assert(
      fc.property(fc.anything(), args => {
        expect(refusal(args).problems.length).toBeGreaterThan(0);
        expect(
          refusal(given({ machines: args, endpoint: args, ssh: args, network: args, kubelet: args })).problems.length,
        ).toBeGreaterThan(0);
      }),
    );
  });
});

test("a word with one letter wrong is recognised", () => {
  const known = ["kind", "podCidr", "serviceCidr", "machineCidr", "dnsDomain", "backend", "flannelImage"];
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.nat(20), fc.constantFrom("q", "_", "X"), (word, at, letter) => {
      const i = at % word.length;
      expect(nearest(word.slice(0, i) + letter + word.slice(i + 1), known)).toBe(word);
    }),
  );
});
