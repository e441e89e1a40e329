import { z } from "zod";
import { expecting, flag, oneOf, whole } from "../values/forms";
import { problem, type Path, type Problem } from "../values/problems";
import type { Partly } from "../values/section";

/** The programs that speak BGP for the VIP. */
export const SPEAKERS = ["kube-vip", "bird"] as const;
export type Speaker = (typeof SPEAKERS)[number];

/** Bidirectional Forwarding Detection (RFC 5880) on the sessions, by which both sides miss the other one in less than a second. */
export interface BfdArgs {
  /**
   * False for neighbours that do not speak it: a machine that is lost is then noticed after the hold time.
   * @default true
   */
  enabled?: boolean;
  /**
   * Seconds between two packets, 0.1 to 5, in thousandths. The slower of the two sides decides (RFC 5880, 6.8.7); switches
   * are commonly limited to 0.15 to 0.3 where the neighbour is more than one hop away.
   * @default 0.25
   */
  intervalSeconds?: number;
  /**
   * Packets in a row that have to be missing, 2 to 50.
   * @default 3
   */
  multiplier?: number;
}

/** The complete form of {@link BfdArgs}; without BFD there is none. */
export interface BfdSpec {
  readonly intervalSeconds: number;
  readonly multiplier: number;
}

const INTERVAL = "seconds, 0.1 to 5, in thousandths";

export const SPEAKER_FIELDS = {
  speaker: oneOf(SPEAKERS).default("kube-vip"),
  bfd: z
    .object({
      enabled: flag().default(true),
      intervalSeconds: z.number(expecting(INTERVAL)).min(0.1).max(5).default(0.25),
      multiplier: whole("packets", 2, 50).default(3),
    })
    .strict()
    .default({}),
};

interface Section {
  readonly speaker: Speaker;
  readonly bfd: BfdSpec & { readonly enabled: boolean };
  readonly holdSeconds: number;
}

/** What one speaker has and the other one has not, and a detection that the hold time would come before. */
export function speakerProblems(
  { speaker, bfd, holdSeconds }: Partly<Section>,
  says: (...path: Path) => boolean,
  path: Path,
): Problem[] {
  if (speaker === undefined) return [];
  if (speaker === "kube-vip")
    return says("bfd")
      ? [
          problem(
            [...path, "bfd"],
            'found it with the speaker "kube-vip", expected none; set endpoint.speaker to "bird", which speaks BFD with neighbours at any distance',
          ),
        ]
      : [];
  return [
    ...(says("image")
      ? [
          problem(
            [...path, "image"],
            'found one with the speaker "bird", expected none; BIRD is a package of the distribution\'s, whose version is packages.bird2',
          ),
        ]
      : []),
    ...bfdProblems(bfd, holdSeconds, [...path, "bfd"]),
  ];
}

function bfdProblems(bfd: Partly<Section>["bfd"], holdSeconds: number | undefined, path: Path): Problem[] {
  const { enabled, intervalSeconds, multiplier } = bfd ?? {};
  if (enabled !== true || intervalSeconds === undefined || multiplier === undefined) return [];
  // 0.29 is 290.00000000000006 thousandths less a little for a computer.
  if (Number(intervalSeconds.toFixed(3)) !== intervalSeconds)
    return [problem([...path, "intervalSeconds"], `found ${intervalSeconds}, expected ${INTERVAL}`)];
  const detection = intervalSeconds * multiplier;
  return holdSeconds === undefined || detection < holdSeconds
    ? []
    : [
        problem(
          path,
          `found ${multiplier} packets of ${intervalSeconds} s with a hold time of ${holdSeconds} s, expected less than that in all, since the session ends with the hold time; lower them, or set endpoint.bfd.enabled to false`,
        ),
      ];
}
