import { describe, expect, test } from "vitest";
import { BGP, METAL, endpoint, given, overSsh, parse, refuses } from "./samples";

const BIRD = { ...BGP, speaker: "bird" } as const;

describe("the speaker of BGP:", () =>
  refuses([
    [
      "one that there is not",
      endpoint(BGP, { speaker: "brid" }),
      ['endpoint.speaker: found "brid", expected kube-vip or bird'],
    ],
    [
      "BFD with kube-vip",
      endpoint(BGP, { bfd: { intervalSeconds: 0.3 } }),
      [
        'endpoint.bfd: found it with the speaker "kube-vip", expected none; set endpoint.speaker to "bird", which speaks BFD with neighbours at any distance',
      ],
    ],
    [
      "kube-vip's image with BIRD",
      endpoint(BIRD, { image: "ghcr.io/kube-vip/kube-vip:v1.2.2" }),
      [
        'endpoint.image: found one with the speaker "bird", expected none; BIRD is a package of the distribution\'s, whose version is packages.bird2',
      ],
    ],
    [
      "an interval that no switch keeps, and a single packet",
      endpoint(BIRD, { bfd: { intervalSeconds: 0.05, multiplier: 1 } }),
      [
        "endpoint.bfd.intervalSeconds: found 0.05, expected seconds, 0.1 to 5, in thousandths",
        "endpoint.bfd.multiplier: found 1, expected packets, 2 to 50",
      ],
    ],
    [
      "parts of a thousandth",
      endpoint(BIRD, { bfd: { intervalSeconds: 0.2505 } }),
      ["endpoint.bfd.intervalSeconds: found 0.2505, expected seconds, 0.1 to 5, in thousandths"],
    ],
    [
      "a detection that is no faster than the hold time",
      endpoint(BIRD, { bfd: { intervalSeconds: 1 } }),
      [
        "endpoint.bfd: found 3 packets of 1 s with a hold time of 3 s, expected less than that in all, since the session ends with the hold time; lower them, or set endpoint.bfd.enabled to false",
      ],
    ],
    [
      "BIRD on rented machines, whose switches are not one's own",
      given({ machines: METAL, endpoint: { speaker: "bird" } }),
      [
        'endpoint.speaker: found "bird" with machines on Equinix Metal, expected "kube-vip"; the switches there speak no BFD, for which BIRD is there: take it where the switches are your own',
      ],
    ],
    [
      "a password with a quote",
      endpoint(BIRD, { peers: [{ address: "10.0.0.1", as: 65001, md5Password: 'a"b' }] }),
      [
        'endpoint.peers[0].md5Password: found 3 characters that do not fit, expected 1 to 80 printable characters without ":", ",", quotes (") and spaces; kube-vip\'s list of peers or BIRD\'s configuration holds no others',
      ],
    ],
  ]));

const spoken = (fields: object) => {
  const { endpoint } = parse(overSsh({ endpoint: { ...BGP, ...fields } }));
  return "speaker" in endpoint ? { speaker: endpoint.speaker, image: endpoint.image, bfd: endpoint.bfd } : undefined;
};

test("kube-vip is the default, and BIRD comes with BFD and without an image", () => {
  expect(spoken({})).toEqual({ speaker: "kube-vip", image: "ghcr.io/kube-vip/kube-vip:v1.2.2", bfd: undefined });
  expect(spoken({ speaker: "bird" })).toEqual({
    speaker: "bird",
    image: undefined,
    bfd: { intervalSeconds: 0.25, multiplier: 3 },
  });
  expect(spoken({ speaker: "bird", bfd: { enabled: false } })?.bfd).toBeUndefined();
  // What no hold time of 3 s bears, a longer one does.
  expect(spoken({ speaker: "bird", bfd: { intervalSeconds: 1 }, holdSeconds: 9 })?.bfd?.intervalSeconds).toBe(1);
});
