/**
 * What of two runs counts as the same although it is not equal: ids that were generated, run directories, and the signs
 * around a secret in Base64. Never judges anything but texts.
 */

import { type Json, stringMember } from "../base/json.ts";
import type { PlacedRun } from "./compared_run.ts";
import { jsonText } from "./json_text.ts";
import { areSameBesideSecrets } from "./line_facts.ts";
import { sessionOf } from "./run_facts.ts";

/** Knows what is particular to each of two runs. */
export class Likeness {
  readonly #own: Readonly<Record<"a" | "b", readonly Own[]>>;

  /** Takes the two runs. */
  constructor(a: PlacedRun, b: PlacedRun) {
    this.#own = { a: ownTexts(a), b: ownTexts(b) };
  }

  /** Whether a text of A and one of B that are not equal count as the same. */
  readonly areSame = (a: string, b: string): boolean => {
    const [first, second] = [neutral(a, this.#own.a), neutral(b, this.#own.b)];
    return first === second || areSameBesideSecrets(first, second);
  };

  /** A value as a text that is the same for values of both runs that count as the same, but for secrets. */
  key(value: Json, run: "a" | "b"): string {
    return neutral(jsonText(value), this.#own[run]);
  }
}

/** A text that is particular to a run, and what stands for it. */
type Own = readonly [text: string, neutral: string];

function ownTexts(run: PlacedRun): Own[] {
  const session = sessionOf(run);
  const dir = stringMember(run.document, "artifacts_dir") ?? run.dir;
  return [
    [dir, "(the run directory)"],
    ...(session.generated ? [[session.id, "(the session)"] as const] : []),
  ];
}

function neutral(text: string, own: readonly Own[]): string {
  return own.reduce((changed, [particular, stand]) => changed.replaceAll(particular, () => stand), text);
}
