/**
 * Okabe and Ito's colours, which people of every kind of colour vision tell apart (Color Universal Design, 2008), without
 * yellow, which print loses.
 */
const PALETTE = {
  black: "#000000",
  orange: "#E69F00",
  sky: "#56B4E9",
  green: "#009E73",
  blue: "#0072B2",
  vermilion: "#D55E00",
  purple: "#CC79A7",
} as const;

/** One colour for each thing on all pictures. */
export const COLOURS = {
  announcer: PALETTE.blue,
  leader: PALETTE.green,
  mark: PALETTE.black,
  goal: PALETTE.vermilion,
} as const;

/** What became of a request, in words of few kinds, each of its own colour in every picture. */
export const ANSWERS = [
  { kind: "answered", colour: PALETTE.sky },
  { kind: "timeout", colour: PALETTE.vermilion },
  { kind: "refused", colour: PALETTE.orange },
  { kind: "reset", colour: PALETTE.purple },
  { kind: "other failure", colour: PALETTE.black },
] as const;
export type AnswerKind = (typeof ANSWERS)[number]["kind"];

/** Pure. */
export function kindOfAnswer(answer: string): AnswerKind {
  if (answer === "ok") return "answered";
  if (/timeout|ETIMEDOUT/i.test(answer)) return "timeout";
  if (answer === "ECONNREFUSED") return "refused";
  if (answer === "ECONNRESET" || answer === "cut") return "reset";
  return "other failure";
}
