// The grammar of install orders: what a person types, as step numbers, with every mistake.
//
// The same words as on the command line. Which words there are comes from the page's data; what a
// step does is never known here.

/** The words of one architecture, by step number. */
export interface Vocabulary {
  /** The canonical word of each step, lower case. */
  readonly words: readonly string[];
  /** Words that stand for a step but are not its canonical word: `kb973917` for `kb973917/v2`. */
  readonly aliases: ReadonlyMap<string, number>;
  /** Words that patchstate knows and this page does not hold. */
  readonly elsewhere: readonly string[];
}

/** Where a mistake stands in the text, what it is, and the nearest word that would be right. */
export interface Mistake {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly nearest: string | null;
}

/** One word of the text that is a step. */
export interface Word {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What a text says: its steps, its mistakes, and the architecture if it names one. */
export interface Reading {
  readonly words: readonly Word[];
  readonly mistakes: readonly Mistake[];
  readonly arch: string | null;
}

/** The word in canonical letters: lower case, and a typographic minus as a hyphen. */
export function canonical(word: string): string {
  return word.toLowerCase().replace(/^[\u2212\u2010-\u2014]/, "-");
}

/** The step that a word names, if this page has it. */
export function stepOf(word: string, vocabulary: Vocabulary): number | null {
  const wanted = canonical(word);
  const step = vocabulary.words.indexOf(wanted);
  if (step >= 0) return step;
  return vocabulary.aliases.get(wanted) ?? null;
}

/** Whether the step installs a base system, by its word. */
export function isBase(word: string): boolean {
  return word.startsWith("os:");
}

/**
 * Reads an install order, or a part of one that begins after `before` steps.
 *
 * A whole command may be pasted: `patchstate run --arch x64 os:sp1 \ +iis`.
 */
export function readOrder(text: string, vocabulary: Vocabulary, before = 0): Reading {
  const words: Word[] = [];
  const mistakes: Mistake[] = [];
  let arch: string | null = null;
  let expectsArch = false;
  let position = before;
  for (const match of text.matchAll(/[^\s,;]+/g)) {
    const [word] = match;
    const span = { start: match.index, end: match.index + word.length };
    if (expectsArch || /^--arch=/.test(word)) {
      arch = canonical(word.replace(/^--arch=/, ""));
      expectsArch = false;
      continue;
    }
    if (word === "--arch") {
      expectsArch = true;
      continue;
    }
    if (/^(?:\$|\\|\u2192|->|patchstate|run|--)$/.test(word)) continue;
    position += 1;
    const step = stepOf(word, vocabulary);
    if (step === null) {
      mistakes.push({ ...span, ...unknown(word, position, vocabulary) });
      continue;
    }
    const misplaced = placed(vocabulary.words[step] ?? "", position);
    if (misplaced === null) words.push({ ...span, step });
    else mistakes.push({ ...span, text: misplaced, nearest: null });
  }
  return { words, mistakes, arch };
}

function placed(word: string, position: number): string | null {
  if (position === 1 && !isBase(word)) {
    return "An install order begins with the base system, os:LEVEL.";
  }
  if (position > 1 && isBase(word)) {
    return `Step ${position}: the base system is installed once, at the beginning.`;
  }
  return null;
}

function unknown(word: string, position: number, vocabulary: Vocabulary) {
  const wanted = canonical(word);
  if (/^--/.test(wanted)) {
    return { text: `${word} is an option of the command line, not a step.`, nearest: null };
  }
  if (vocabulary.elsewhere.includes(wanted)) {
    const text = `Step ${position}: ${word} is a step, but this page was made without it.`;
    return { text, nearest: null };
  }
  const nearest = nearestWord(wanted, vocabulary);
  return { text: `Step ${position}: ${word} is not a step.`, nearest };
}

/** How many letters a word and a wrong one begin with alike, for the first to be offered. */
const beginsAlikeMin = 4;

/**
 * The word nearest to this one, if one is near enough to be what was meant: by few letters that are
 * wrong, else by a beginning that is right.
 */
export function nearestWord(word: string, vocabulary: Vocabulary): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  const known = [...vocabulary.words, ...vocabulary.aliases.keys()];
  for (const each of known) {
    const distance = editDistance(word, each);
    if (distance < least) {
      least = distance;
      best = each;
    }
  }
  return best ?? beginsAlike(word, known);
}

function beginsAlike(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let longest = beginsAlikeMin - 1;
  for (const each of known) {
    let alike = 0;
    while (alike < word.length && word[alike] === each[alike]) alike += 1;
    if (alike > longest) {
      longest = alike;
      best = each;
    }
  }
  return best;
}

/** Letters to insert, delete, replace, or swap with the next, until the words are the same. */
export function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        at(above, column) + 1,
        at(here, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped && row > 1 && column > 1) cost = Math.min(cost, at(before, column - 2) + 1);
      here.push(cost);
    }
    before = above;
    above = here;
  }
  return at(above, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/**
 * The steps that a half-typed word can become, best first: those that begin with it, then those
 * that contain it. An empty word offers all.
 */
export function completions(part: string, vocabulary: Vocabulary, first: boolean): number[] {
  const wanted = canonical(part);
  const begins: number[] = [];
  const contains: number[] = [];
  vocabulary.words.forEach((word, step) => {
    if (isBase(word) !== first) return;
    if (word.startsWith(wanted)) begins.push(step);
    else if (word.includes(wanted)) contains.push(step);
  });
  return [...begins, ...contains];
}
