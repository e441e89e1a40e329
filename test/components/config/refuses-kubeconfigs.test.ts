import { describe, expect, test } from "vitest";
import { given, parse, refuses } from "./samples";

describe("kubeconfigs", () =>
  refuses([
    [
      "that are a list",
      given({ kubeconfigs: [{ name: "ci" }] }),
      ["kubeconfigs: found a list of 1, expected an object of name to settings, such as {ci: {days: 30}}"],
    ],
    [
      "with a name that is none",
      given({ kubeconfigs: { "C I": {} } }),
      ['kubeconfigs["C I"]: found "C I", expected a kubeconfig\'s name: a-z, 0-9 and inner "-", at most 40 characters'],
    ],
    [
      "for no day and for ever",
      given({ kubeconfigs: { a: { days: 0 }, b: { days: 4000 } } }),
      [
        "kubeconfigs.a.days: found 0, expected whole days, 1 to 3650",
        "kubeconfigs.b.days: found 4000, expected whole days, 1 to 3650",
      ],
    ],
    [
      "with a group whose rights cannot be taken back",
      given({ kubeconfigs: { ci: { groups: ["system:masters", "a,b"] } } }),
      [
        'kubeconfigs.ci.groups[0]: found "system:masters", expected a group of your own: rights of the groups "system:..." cannot be taken back from one kubeconfig; name a clusterRole',
        'kubeconfigs.ci.groups[1]: found "a,b", expected a group\'s name, such as "deployers": letters, digits, ".", "_", ":", "@" and "-", at most 100 characters',
      ],
    ],
    [
      "of an administrator with other rights",
      given({ kubeconfigs: { administrator: { clusterRole: "view", groups: ["deployers"] } } }),
      [
        'kubeconfigs.administrator.clusterRole: found "view", expected it left out: Rackplane itself works with this kubeconfig; add another name',
        "kubeconfigs.administrator.groups: found some, expected none: it has all rights by its own group",
      ],
    ],
    [
      "with a setting that there is not",
      given({ kubeconfigs: { ci: { day: 3 } } }),
      ["kubeconfigs.ci.day: no such setting; did you mean days?"],
    ],
  ]));

describe("certificates", () =>
  refuses([
    [
      "that are renewed before they are made",
      given({ certificates: { renewDays: 365, timer: "daily" } }),
      [
        "certificates.renewDays: found 365, expected whole days, 1 to 300",
        'certificates.timer: found "daily", expected true or false',
      ],
    ],
    [
      "whose authorities have no number, or take a step that there is not",
      given({ certificates: { authorities: { step: "signs" } } }),
      [
        "certificates.authorities.generation: found nothing, expected the number of the certificate authorities, 1 to 1000000",
        'certificates.authorities.step: found "signs", expected trust, sign or forget; did you mean sign?',
      ],
    ],
    [
      "whose authorities take no step: nothing leads back from the last",
      given({ certificates: { authorities: { generation: 1 } } }),
      ["certificates.authorities.step: found nothing, expected trust, sign or forget"],
    ],
    [
      "whose authorities are a number alone",
      given({ certificates: { authorities: 1 } }),
      ["certificates.authorities: found 1, expected an object with generation or step"],
    ],
  ]));

test("the administrator's kubeconfig is there in any case, with what is said of it", () => {
  const usual = { days: 365, clusterRole: "cluster-admin", groups: [], generation: 0 };
  expect(parse(given({})).kubeconfigs).toEqual({ administrator: usual });
  expect(parse(given({ kubeconfigs: { administrator: { days: 90 }, ci: {} } })).kubeconfigs).toEqual({
    administrator: { ...usual, days: 90 },
    ci: usual,
  });
});
