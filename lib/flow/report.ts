/** Collects the findings about one flow document. Never throws and never decides what they mean. */

import { type ErrorCode, usualHint } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { FlowSource } from "../base/flow_source.ts";

/** What else is known about a finding. */
export interface FindingDetails {
  /** The node it is about. */
  readonly node?: string;
  /** The keys that lead to it in the document, or in its node: where its line is. @default the node or document itself */
  readonly at?: readonly (string | number)[];
  /** What to type or change. */
  readonly hint?: string;
}

/** The findings about one flow document. */
export class Report {
  /** All findings so far, in the order in which they were made. */
  readonly findings: Finding[] = [];
  readonly #source: FlowSource;
  readonly #faulty = new Set<string>();

  /** Starts a report about a document. */
  constructor(source: FlowSource) {
    this.#source = source;
  }

  /** Whether any finding stops the flow. */
  get failed(): boolean {
    return this.findings.some((finding) => finding.severity === "error");
  }

  /** Whether an error was found in a node. */
  isFaulty(node: string): boolean {
    return this.#faulty.has(node);
  }

  /** Adds a finding that stops the flow. */
  error(code: ErrorCode, message: string, details: FindingDetails = {}): void {
    if (details.node !== undefined) this.#faulty.add(details.node);
    const hint = details.hint ?? usualHint(code);
    this.#add({ severity: "error", code, message }, hint === undefined ? details : { ...details, hint });
  }

  /** Adds a finding that is only shown. */
  warning(code: ErrorCode, message: string, details: FindingDetails = {}): void {
    this.#add({ severity: "warning", code, message }, details);
  }

  #add(finding: Finding, { node, hint, at }: FindingDetails): void {
    const { place, id, lines } = this.#source;
    const exact = at === undefined ? undefined : lines?.at?.(at, node);
    const line = exact ?? (lines === undefined ? undefined : lines.nodes.get(node ?? "") ?? lines.flow);
    const file = line === undefined ? place : `${place}:${line}`;
    this.findings.push({
      ...finding,
      place: `${file} flow ${id}${node === undefined ? "" : ` node ${node}`}`,
      ...(hint === undefined ? {} : { hint }),
      flow: id,
      ...(node === undefined ? {} : { node }),
      ...(line === undefined ? {} : { line }),
    });
  }
}
