/**
 * How the command writes: data to standard output, talk to standard error. Never lets text of guests or packs
 * reach a terminal as control sequences.
 */

import type { Failure } from "../base/call.ts";
import { messageChain, type RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { quoted } from "../base/paths.ts";
import type { NodeSummary, RunResult } from "../base/result.ts";
import type { Verdict } from "../base/verdict.ts";

/** What the command writes to and reads from, so that tests can stand in for the process. */
export interface CommandIo {
  /** Writes data. */
  stdout(text: string): void;
  /** Writes talk. */
  stderr(text: string): void;
  /**
   * Reads standard input, all of it or its first bytes up to a limit; rejects when the process is interrupted
   * meanwhile.
   */
  stdin(limit?: number): Promise<Uint8Array>;
  /** Aborted when the process is interrupted. */
  readonly interrupt: AbortSignal;
}

/** Text with control characters made visible. Line ends stay when `lines` is set. */
export function visible(text: string, lines: boolean = false): string {
  return text.replace(OBEYED_REGEXP, (character) => {
    if (lines && character === "\n") return character;
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** What a terminal might obey: control characters, line separators, marks that turn the direction of text. */
const OBEYED_REGEXP = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** A line of talk, not longer than anybody reads. */
export function line(text: string): string {
  return visible(text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}… (${text.length} characters)` : text);
}

/** Longest line of talk, in characters. */
const MAX_LINE = 2000;

/** A value as JSON for standard output. What a terminal might obey is escaped; a reader gets the same value. */
export function jsonText(value: Json): string {
  return `${escaped(JSON.stringify(value, null, 2))}\n`;
}

/** The same on one line, where more than one document is printed. */
export function jsonLine(value: Json): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

/** JSON escapes most of what a terminal might obey itself, and its own line feeds are to stay. */
function escaped(text: string): string {
  return text.replace(
    OBEYED_REGEXP,
    (character) => character === "\n" ? character : `\\u${hex(character.charCodeAt(0), 4)}`,
  );
}

/** An error as lines: what, where, what to do. */
export function errorLines(error: RunnerError): string[] {
  const { place: where } = error;
  const place = where === undefined || error.message.includes(where) ? "" : ` (${where})`;
  return [
    line(`error[${error.code}]: ${error.message}${place}`),
    ...(error.rows ?? []).map((row) => line(`  ${row}`)),
    ...(error.cause instanceof Error && error.cause.message !== error.message
      ? [line(`  because: ${error.cause.message}`)]
      : []),
    ...(error.hint === undefined ? [] : [line(`  hint: ${error.hint}`)]),
  ];
}

/** An error as JSON, for commands that print a document and have none. */
export function errorJson(error: RunnerError): JsonObject {
  const { code, message, hint = null, place = null, rows } = error;
  const chain = messageChain(error);
  return { error: { code, message, place, hint, chain, ...(rows === undefined ? {} : { rows }) } };
}

/** A failure as lines. */
export function failureLines(failure: Failure, severity: "error" | "warning" = "error"): string[] {
  const causes = (failure.causes ?? []).filter((cause) => !failure.message.includes(cause));
  return [
    line(`${severity}[${failure.code}]: ${failure.message}${where(failure)}`),
    ...causes.map((cause) => line(`  because: ${cause}`)),
    ...(failure.hint === undefined ? [] : [line(`  hint: ${failure.hint}`)]),
  ];
}

function where({ place, message }: Failure): string {
  return place === undefined || message.includes(place) ? "" : ` (${place})`;
}

/** A finding as lines. */
export function findingLines({ severity, code, message, place, hint }: Finding): string[] {
  const where = place === undefined ? "" : `${place}: `;
  return [
    line(`${where}${severity}[${code}]: ${message}`),
    ...(hint === undefined ? [] : [line(`  hint: ${hint}`)]),
  ];
}

/** Verdicts as a table. */
export function verdictRows(verdicts: readonly Verdict[]): string[] {
  return table(verdicts.map(({ check, verdict, place, reason, waived }) => [
    waived === true ? `${verdict} (waived)` : verdict,
    check,
    place,
    reason,
  ]));
}

/** How a run ended, for people: failure, what is wrong with its record, status, size and time. */
export function resultLines(result: RunResult): string[] {
  const ran = result.nodeSummaries.filter(({ status }) => status !== "skipped").length;
  const waiting = result.waiting === null ? [] : [
    line(`waiting: ${result.waiting.reason ?? "for input"}`),
    line(`  hint: Answer it: greentic-runner resume ${quoted(result.artifactsDir)} --input '{"text":"…"}'`),
  ];
  return [
    ...(result.error === null ? [] : failureLines(result.error)),
    ...waiting,
    ...(result.recordFault === undefined ? [] : failureLines(result.recordFault)),
    ...(result.exportFault === undefined ? [] : failureLines(result.exportFault, "warning")),
    visible(
      `${result.status}: flow ${result.flowId ?? "(none)"}, ${count(ran, "node")}, ${result.durationMs} ms`,
    ),
  ];
}

/** The name of a node with the calls that led to it. */
export function nodeName({ flowPath, nodeId }: Pick<NodeSummary, "flowPath" | "nodeId">): string {
  return [...flowPath, nodeId].join(" > ");
}

/** A number with its noun. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Widest cell that others are aligned to, in characters. */
const MAX_WIDTH = 120;

/** Rows as aligned columns; a cell that is very wide stands out of its column, and is cut when nobody would read it. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) =>
    row.map((cell) => cell.length > MAX_LINE ? `${cell.slice(0, MAX_LINE)}…` : cell)
  );
  const widths = (shown[0] ?? []).map((_, column) =>
    shown.reduce((width, row) => {
      const { length } = row[column] ?? "";
      return length > MAX_WIDTH ? width : Math.max(width, length);
    }, 0)
  );
  return shown.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}
