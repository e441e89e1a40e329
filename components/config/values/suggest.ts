import { distance } from "fastest-levenshtein";

/** Letters that a shortened word must have to stand for a longer one. */
const SHORTEST_BEGINNING = 4;

/**
 * The known word that was probably meant: one that differs in case and separators only or by few edits, or that begins
 * with this one.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const fold = (text: string): string => text.toLowerCase().replace(/[-_. ]/g, "");
  const folded = fold(word);
  const [best] = known
    .map(candidate => ({ candidate, edits: edits(folded, fold(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  // A third of the letters wrong is a slip; more is another word.
  return best !== undefined && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

const edits = (word: string, candidate: string): number =>
  word.length >= SHORTEST_BEGINNING && candidate.startsWith(word) ? 1 : distance(word, candidate);

/** The reason against a word outside a fixed set. */
export function notOneOf(found: string, word: string | undefined, known: readonly string[]): string {
  const guess = word === undefined ? undefined : nearest(word, known);
  return `found ${found}, expected ${listed(known)}${guess === undefined ? "" : `; did you mean ${guess}?`}`;
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}
