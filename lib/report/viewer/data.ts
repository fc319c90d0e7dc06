/// <reference lib="dom" />
/** What the page was given: the document, and values that are parsed when somebody looks at them. */

import type { Json } from "../../base/json.ts";
import type { ReportDocument } from "../document.ts";
import { type Item, itemsOf } from "./items.ts";

/** The data of the page. */
export class Data {
  /** The document. */
  readonly document: ReportDocument;
  /** The items of its timeline. */
  readonly items: readonly Item[];
  readonly #texts: readonly string[];
  #lower: readonly string[] | null = null;

  /** Takes the document, and the values as JSON, one a line. */
  constructor(document: string, values: string) {
    this.document = JSON.parse(document);
    this.#texts = values === "" ? [] : values.split("\n");
    this.items = itemsOf(this.document);
  }

  /** A value by its number; undefined when there is none. */
  value(number: number): Json | undefined {
    const text = this.#texts[number];
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** The JSON texts of all values, in lower case. */
  get lowerTexts(): readonly string[] {
    this.#lower ??= this.#texts.map((text) => text.toLowerCase());
    return this.#lower;
  }
}

/** Reads the data that stand in the page. */
export function readData(): Data {
  return new Data(textOf("report-document"), textOf("report-values"));
}

function textOf(id: string): string {
  return document.getElementById(id)?.textContent?.trim() ?? "";
}
