import { distance } from "fastest-levenshtein";

/** The known word that was probably meant: equal but for case and separators, or few edits away. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const fold = (text: string): string => text.toLowerCase().replace(/[-_. ]/g, "");
  const folded = fold(word);
  const [best] = known
    .map(candidate => ({ candidate, edits: distance(folded, fold(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  // A third of the letters wrong is a slip; more is another word.
  return best !== undefined && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** The reason against a word outside a fixed set. */
export function notOneOf(found: string, word: string | undefined, known: readonly string[]): string {
  const guess = word === undefined ? undefined : nearest(word, known);
  return `found ${found}, expected ${listed(known)}${guess === undefined ? "" : `; did you mean ${guess}?`}`;
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}
