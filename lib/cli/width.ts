/**
 * How many columns text takes on a terminal, and text brought to a number of columns. What a reader sees as one
 * character is never parted. Terminals differ in how wide they draw emoji; this is what most of them do.
 */

const ASCII_REGEXP = /^[\x20-\x7e]*$/;
/** What takes two columns: East Asian scripts, full-width forms, and what is drawn as a picture. */
const WIDE_REGEXP =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Yi}\p{Emoji_Presentation}\ufe0f\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
/** Their half-width forms, which belong to the same scripts. */
const HALF_REGEXP = /^[\uff61-\uffdc]/;
/** Marks that stand on no letter, and what is never drawn. */
const UNSEEN_REGEXP = /^[\p{M}\p{Cf}]+$/u;

let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as a reader sees them. */
function charactersOf(text: string): string[] {
  if (ASCII_REGEXP.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function columnsOfCharacter(character: string): number {
  if (UNSEEN_REGEXP.test(character)) return 0;
  return WIDE_REGEXP.test(character) && !HALF_REGEXP.test(character) ? 2 : 1;
}

/** The columns that a line takes. */
export function columnsOf(text: string): number {
  if (ASCII_REGEXP.test(text)) return text.length;
  return charactersOf(text).reduce((sum, character) => sum + columnsOfCharacter(character), 0);
}

/** A line with spaces up to a number of columns. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(columns - columnsOf(text), 0));
}

/** The beginning of a line that fits into a number of columns, and the rest. */
function parted(text: string, columns: number): [start: string, rest: string] {
  let taken = 0, at = 0;
  for (const character of charactersOf(text)) {
    taken += columnsOfCharacter(character);
    if (taken > columns) break;
    at += character.length;
  }
  return [text.slice(0, at), text.slice(at)];
}

/** A line that takes no more than a number of columns; one that is longer ends in `mark`. */
export function cut(text: string, columns: number, mark: string): string {
  if (columnsOf(text) <= columns) return text;
  const room = columns - columnsOf(mark);
  return room < 0 ? "" : `${parted(text, room)[0]}${mark}`;
}

/** A word with the space before it; a number keeps its unit. */
const WORD_REGEXP = /( *)([^ ]*\d (?:ms|s|kB|MB)(?!\w)[^ ]*|[^ ]*)/g;

/**
 * A line as lines of no more than a number of columns, broken between words. What is longer than a line by itself,
 * such as a path, is broken only on request: whoever copies it wants it whole.
 */
export function wrapped(text: string, columns: number, breakWords: boolean = false): string[] {
  if (columnsOf(text) <= columns) return [text];
  const lines: string[] = [];
  let line = "";
  for (const [, gap = "", word = ""] of text.matchAll(WORD_REGEXP)) {
    const longer = `${line}${gap}${word}`;
    if (line.trim() === "" || columnsOf(longer) <= columns) line = longer;
    else {
      lines.push(line);
      line = word;
    }
    while (breakWords && columnsOf(line) > columns) {
      const [start] = parted(line, columns);
      if (start === "") break; // not even one character fits
      // Paths and ids are best parted behind one of their signs, unless that leaves half a line empty.
      const [, signed = ""] = /^(.*[/\\:@,])[^ ]/s.exec(start) ?? [];
      const end = columnsOf(signed) >= columns / 2 ? signed.length : start.length;
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  return [...lines, line].filter((each) => each !== "");
}
