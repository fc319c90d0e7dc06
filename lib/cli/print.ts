/**
 * How the command writes: data to standard output, talk to standard error. Never lets text of guests or packs
 * reach a terminal as control sequences.
 */

import type { Failure } from "../base/call.ts";
import { messageChain, type RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { NodeSummary, RunResult } from "../base/result.ts";
import type { Verdict } from "../base/verdict.ts";
import { reportHint, resumeHint } from "../base/hints.ts";
import type { Step } from "./live_line.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** The streams and interrupts of a process, so that tests can stand in for it. */
export interface Streams {
  /** Writes data. */
  stdout(text: string): void;
  /** Whether data were written that nobody read any longer: what runs once goes on, what goes on for ever ends. */
  unread?(): boolean;
  /** Writes talk. */
  stderr(text: string): void;
  /**
   * Reads standard input, all of it or its first bytes up to a limit; rejects when the process is interrupted
   * meanwhile.
   */
  stdin(limit?: number): Promise<Uint8Array>;
  /** Aborted when the process is interrupted. */
  readonly interrupt: AbortSignal;
  /** What they go to: looked at only for commands that have something to show. */
  terminal(): Promise<Terminal>;
}

/** What a command writes to and reads from. */
export interface CommandIo extends Omit<Streams, "terminal"> {
  /** What the streams go to. */
  readonly terminal: Terminal;
  /** Tells of what takes long, where a line can be written over, until it is null or another. Lines may come between. */
  step(step: Step | null): void;
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
  return [
    line(`error[${error.code}]: ${error.message}${where(error)}`),
    ...(error.rows ?? []).map((row) => line(`  ${row}`)),
    ...causesIn(messageChain(error)).map((cause) => line(`  because: ${cause}`)),
    ...(error.hint === undefined ? [] : [line(`  hint: ${error.hint}`)]),
  ];
}

/** The messages behind the first of a chain, without those that one before them repeats. */
function causesIn(chain: readonly string[]): string[] {
  return chain.filter((cause, i) => i > 0 && !chain.slice(0, i).some((outer) => outer.includes(cause)));
}

/** An error as JSON, for commands that print a document and have none. */
export function errorJson(error: RunnerError): JsonObject {
  const { code, message, hint = null, place = null, rows } = error;
  const chain = messageChain(error);
  return { error: { code, message, place, hint, chain, ...(rows === undefined ? {} : { rows }) } };
}

/** A failure as lines. */
export function failureLines(failure: Failure, severity: "error" | "warning" = "error"): string[] {
  const causes = causesIn([failure.message, ...failure.causes ?? []]);
  return [
    line(`${severity}[${failure.code}]: ${failure.message}${where(failure)}`),
    ...causes.map((cause) => line(`  because: ${cause}`)),
    ...(failure.hint === undefined ? [] : [line(`  hint: ${failure.hint}`)]),
  ];
}

/** The place of a fault, unless its message has it. */
function where({ place, message }: Pick<Failure, "place" | "message">): string {
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

/** How many findings are errors and how many warnings. */
export function findingCounts(findings: readonly { readonly severity: string }[]): string {
  const [errors, warnings] = ["error", "warning"].map((severity) =>
    count(findings.filter((finding) => finding.severity === severity).length, severity)
  );
  return `${errors}, ${warnings}`;
}

/** Verdicts as a table of so many columns of a terminal. */
export function verdictRows(verdicts: readonly Verdict[], columns?: number): string[] {
  const rows = verdicts.map(({ check, verdict, place, reason, waived }) => [
    waived === true ? `${verdict} (waived)` : verdict,
    check,
    place,
    reason,
  ]);
  return table(rows, columns);
}

/** How a run ended, for people: failure, what is wrong with its record, status, size and time. */
export function resultLines(result: RunResult): string[] {
  const ran = result.nodeSummaries.filter(({ status }) => status !== "skipped").length;
  const waiting = result.waiting === null ? [] : [
    line(`waiting: ${result.waiting.reason ?? "for input"}`),
    line(`  hint: Answer it: ${resumeHint(result.artifactsDir)}`),
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

/** Where the record of a run lies, and what shows it when its flow came to no good end. */
export function recordLines({ artifactsDir, status, stage }: RunResult): string[] {
  const failed = stage === "execute" && (status === "failure" || status === "timed_out");
  return [
    `record: ${visible(artifactsDir)}`,
    ...(failed ? [visible(`  hint: ${reportHint(artifactsDir)} shows what happened`)] : []),
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

/** A size for people. */
export function bytesText(bytes: number): string {
  const kilobytes = bytes / 1000;
  return kilobytes < 1000 ? `${kilobytes.toFixed(1)} kB` : `${(kilobytes / 1000).toFixed(1)} MB`;
}
