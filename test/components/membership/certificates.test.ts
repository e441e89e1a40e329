import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificateTerms, renewalComment } from "../../../components/membership/certificates";
import { DAY, formedAt } from "../../../components/membership/due";
import { Authority } from "../../cloud-init/node/certificates";
import { PKI } from "../cluster/lab";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-certificates-"));
let caCertificate = "";
let formed = 0;
beforeAll(() => {
  caCertificate = new Authority(folder).certificate;
  formed = formedAt(caCertificate) ?? 0;
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Days since the formation: the end that a certificate needs; undefined as long as none is asked for. */
function endBefore(age: number, renewDays = 90): number | undefined {
  const terms = certificateTerms(
    { certificates: { renewDays, timer: false } },
    { now: formed + age * DAY, caCertificate },
  );
  return terms.endBefore === undefined ? undefined : (terms.endBefore * 1000 - formed) / DAY;
}
/** What the machine decides (cloud-init/node/grant/change/certificates.sh), all in days since the formation. */
const due = (ends: number, now: number, renewDays: number, needed = 0): boolean =>
  ends < Math.max(now + renewDays, needed);

describe("the end that certificates need", () => {
  test.each([
    ["is not asked for before the first ones come due", 274, 90, undefined],
    ["is that of certificates of a period later, when they do", 276, 90, 275 + 365],
    ["stays for the period", 549, 90, 275 + 365],
    ["moves on with the next one", 551, 90, 550 + 365],
    ["goes by the setting", 66, 300, 65 + 365],
  ])("%s", (_what, age, renewDays, expected) => {
    expect(endBefore(age, renewDays)).toBe(expected);
  });

  test("is not asked for where the formation has no date, as before it", () => {
    for (const caCertificate of [undefined, PKI["ca.crt"]])
      expect(certificateTerms({ certificates: { renewDays: 90, timer: true } }, { now: 9e15, caCertificate })).toEqual({
        renewDays: 90,
        timer: true,
      });
  });

  test("has every certificate renewed by whichever `up` finds it due, though an `up` asks a machine only when its grant has changed", () => {
    const days = fc.double({ min: 0, max: 5000, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        days,
        fc.array(days, { maxLength: 12 }),
        (renewDays, joined, others) => {
          let ends = joined + 365;
          let asked = endBefore(joined, renewDays);
          for (const now of others.filter(up => up > joined).sort((a, b) => a - b)) {
            const needed = endBefore(now, renewDays);
            // Another grant than the last one: the machine is asked, and decides.
            if (needed !== asked && due(ends, now, renewDays, needed)) ends = now + 365;
            asked = needed;
            // However long nobody ran an `up`: after this one enough is left, by as much as a clock's rounding.
            expect(ends - now).toBeGreaterThan(renewDays - 1e-3);
            expect(ends - now).toBeLessThanOrEqual(365 + 1e-3);
          }
        },
      ),
    );
  });
});

test("what is due stands behind the line that a preview shows, and nothing before", () => {
  expect(renewalComment({ renewDays: 90, timer: false })).toBe("");
  expect(renewalComment({ renewDays: 90, timer: false, endBefore: 1_800_000_000 })).toBe(
    " # certificates that end before 2027-01-15 are renewed",
  );
});
