/**
 * Reads one map of a mocks file: its members by any of their names, with their types. What is wrong is one error that
 * names the member and its line. Null and absent are the same. Never repeats a value of the wrong type: it may be a secret.
 */

import { RunnerError } from "./base/errors.ts";
import { isArray, isObject, type Json, type JsonObject, member } from "./base/json.ts";
import type { Path, YamlDocument } from "./base/yaml.ts";
import { nearestName } from "./nearest_name.ts";

/** A file that was read. */
export interface MocksDocument {
  /** Its path, for errors. */
  readonly file: string;
  /** What it says. */
  readonly document: YamlDocument;
}

/** The members that a map may have, each with its other names. */
export type Names<Name extends string> = Readonly<Record<Name, readonly string[]>>;

/** What else is known of a fault. */
export interface MemberFault {
  /** Where it is within the member. @default the member itself */
  readonly within?: Path;
  /** What to type or change. */
  readonly hint?: string;
}

/** One map of a mocks file. */
export class MocksSection<Name extends string> {
  /** The map itself. */
  readonly value: JsonObject;
  readonly #from: MocksDocument;
  readonly #path: Path;
  /** The names under which members stand in the file. */
  readonly #written = new Map<Name, string>();

  /** Takes the map at a path; refuses what is none, unknown members, and those that are given under two names. */
  constructor(from: MocksDocument, { path, value, names }: { path: Path; value: Json; names: Names<Name> }) {
    this.#from = from;
    this.#path = path;
    if (!isObject(value)) throw this.#error(`is ${typeName(value)}: expected a map`, path);
    this.value = value;
    const known = Object.keys(names) as Name[];
    for (const written of Object.keys(value)) {
      const name = known.find((one) => one === written || names[one].includes(written));
      if (name === undefined) throw this.#unknown(written, names);
      if (value[written] === null) continue;
      const twin = this.#written.get(name);
      if (twin !== undefined) {
        throw this.#error(`is there twice: as "${twin}" as well`, [...path, written], "Give one of the two");
      }
      this.#written.set(name, written);
    }
  }

  /** A member that is not null. */
  get(name: Name): Json | undefined {
    const written = this.#written.get(name);
    return written === undefined ? undefined : member(this.value, written);
  }

  /** A text. */
  text(name: Name): string | undefined {
    const found = this.get(name);
    if (found === undefined || typeof found === "string") return found;
    throw this.fault(name, `is ${typeName(found)}: expected a text`);
  }

  /** One of some texts. */
  oneOf<Text extends string>(
    name: Name,
    { is, list }: { is: (text: string) => text is Text; list: string },
  ): Text | undefined {
    const found = this.text(name);
    if (found === undefined || is(found)) return found;
    throw this.fault(name, `is unknown: expected ${list}`);
  }

  /** A number. */
  number(name: Name): number | undefined {
    const found = this.get(name);
    if (found === undefined || typeof found === "number") return found;
    throw this.fault(name, `is ${typeName(found)}: expected a number`);
  }

  /** True or false. */
  flag(name: Name): boolean | undefined {
    const found = this.get(name);
    if (found === undefined || typeof found === "boolean") return found;
    throw this.fault(name, `is ${typeName(found)}: expected true or false`);
  }

  /** Whether something is switched on, which an empty map says as well: as the reference runner writes its mocks. */
  unit(name: Name): boolean | undefined {
    const found = this.get(name);
    return isObject(found) && Object.keys(found).length === 0 ? true : this.flag(name);
  }

  /** A list of texts. */
  texts(name: Name): string[] | undefined {
    return this.list(name)?.map((item, i) => {
      if (typeof item === "string") return item;
      throw this.fault(name, `is ${typeName(item)}: expected a text`, { within: [i] });
    });
  }

  /** A list. */
  list(name: Name): readonly Json[] | undefined {
    const found = this.get(name);
    if (found === undefined || isArray(found)) return found;
    throw this.fault(name, `is ${typeName(found)}: expected a list`);
  }

  /** An object of any members. */
  object(name: Name): JsonObject | undefined {
    const found = this.get(name);
    if (found === undefined || isObject(found)) return found;
    throw this.fault(name, `is ${typeName(found)}: expected a map`);
  }

  /** A map of texts. */
  textMap(name: Name): Record<string, string> | undefined {
    const found = this.object(name);
    return found && Object.fromEntries(
      Object.entries(found).map(([key, value]): [string, string] => {
        if (typeof value === "string") return [key, value];
        throw this.fault(name, `is ${typeName(value)}: expected a text`, {
          within: [key],
          hint: "Write it in quotes",
        });
      }),
    );
  }

  /** A map of known members. */
  section<Inner extends string>(name: Name, names: Names<Inner>): MocksSection<Inner> | undefined {
    const value = this.get(name);
    const path = this.#pathOf(name);
    return value === undefined ? undefined : new MocksSection(this.#from, { path, value, names });
  }

  /** Checks a member as the option that it becomes. */
  check(name: Name, options: () => unknown, within: Path = []): void {
    try {
      options();
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      const what = error.message.replace(/^Option "[^"]*"/, "").trim();
      throw this.fault(name, what, { within });
    }
  }

  /** The error for a member, or for what is within it. */
  fault(name: Name, what: string, { within = [], hint }: MemberFault = {}): RunnerError {
    return this.#error(what, [...this.#pathOf(name), ...within], hint);
  }

  #pathOf(name: Name): Path {
    return [...this.#path, this.#written.get(name) ?? name];
  }

  #unknown(written: string, names: Names<Name>): RunnerError {
    const nearest = nearestName(written, Object.entries<readonly string[]>(names).flat(2));
    const known = `There are: ${Object.keys(names).join(", ")}`;
    const hint = nearest === undefined ? known : `Write "${nearest}". ${known}`;
    return this.#error("is unknown", [...this.#path, written], hint);
  }

  #error(what: string, path: Path, hint?: string): RunnerError {
    const { file, document } = this.#from;
    const subject = path.length === 0 ? "Mocks file" : `Member "${pathText(path)}"`;
    return new RunnerError("mocks.invalid", `${subject} ${what}`, {
      place: `${file}:${document.lineOf(path)}`,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function pathText(path: Path): string {
  return path.map((key, i) => typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`).join("");
}

function typeName(value: Json): string {
  if (value === null) return "null";
  if (isArray(value)) return "a list";
  if (isObject(value)) return "a map";
  return typeof value === "string" ? "a text" : typeof value === "number" ? "a number" : `${value}`;
}
