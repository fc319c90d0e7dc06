/**
 * A transcript as text to read and to compare: one line for each thing that happened.
 * Never shows what differs between two runs of the same kind: times, durations and generated ids.
 */

import { isObject, type Json, omit, stringMember } from "../base/json.ts";
import { jsonText } from "./json_text.ts";
import type { TranscriptLine } from "./line.ts";
import { callName } from "./line_facts.ts";

/**
 * Renders transcript lines.
 *
 * ```text
 * --> qa component.exec(qa.process) process {"text":"hello"}
 *   ==> http.send {"url":"https://a.test/"}
 *   <== 200 {"body":"hello"} (mock)
 * <-- qa ok {"text":"hello"}
 * run success
 * ```
 */
export function renderTranscript(lines: readonly TranscriptLine[]): string {
  return lines.map((line) => `${indent(line)}${visible(renderLine(line))}\n`).join("");
}

function renderLine(line: TranscriptLine): string {
  switch (line.phase) {
    case "start":
      return join("-->", line.node_id, label(line), line.operation, json(payload(line.inputs)));
    case "end":
      return join("<--", line.node_id, line.status, json(line.outputs));
    case "error":
      return join("<--", line.node_id, line.status, problem(line));
    case "host":
    case "mock":
      return line.status === "call"
        ? join("==>", callName(line), json(line.inputs))
        : join("<==", answer(line), answerer(line));
    case "log":
      return join(
        "log",
        outputMember(line, "stream"),
        JSON.stringify(outputMember(line, "text")),
        fields(line),
      );
    case "verify":
      return join("verify", inputMember(line, "check"), outputMember(line, "verdict"), waiver(line));
    case "jump":
      return join("jump", line.node_id, "->", outputMember(line, "flow"), outputMember(line, "node"));
    case "wait":
      return join("wait", line.node_id, inputMember(line, "reason"), json(line.outputs));
    case "resume":
      return join("resume", line.node_id, json(isObject(line.inputs) ? line.inputs.input ?? null : null));
    case "warning":
      return join("warning", problem(line));
    case "run":
      return join("run", line.status, line.error === null ? null : problem(line));
  }
}

/** Sub-flows stand further in than the flow that calls them, host calls further in than their node. */
function indent(line: TranscriptLine): string {
  const inside = line.phase === "host" || line.phase === "mock" || line.phase === "log" ? 1 : 0;
  return "  ".repeat(line.flow_path.length + inside);
}

function label(line: TranscriptLine): string {
  return line.target === null ? `${line.component}` : `${line.component}(${line.target})`;
}

function payload(inputs: Json): Json {
  return isObject(inputs) ? inputs.payload ?? null : inputs;
}

function problem(line: TranscriptLine): string {
  const { error } = line;
  const code = stringMember(error, "code");
  const message = stringMember(error, "message") ?? "";
  return code === undefined ? message : `${code}: ${message}`;
}

/** The status of an HTTP response says more than `ok`. */
function answer(line: TranscriptLine): string {
  const { outputs } = line;
  if (line.status === "ok" && isObject(outputs) && typeof outputs.status === "number") {
    const rest = omit(outputs, ["status"]);
    return join(String(outputs.status), Object.keys(rest).length === 0 ? null : json(rest));
  }
  return join(line.status, outputs === null ? null : json(outputs));
}

function answerer(line: TranscriptLine): string | null {
  const provider = inputMember(line, "provider");
  return provider === null || provider === "real" ? null : `(${provider})`;
}

function waiver(line: TranscriptLine): string | null {
  return isObject(line.outputs) && line.outputs.waived === true ? "(waived)" : null;
}

function fields(line: TranscriptLine): string | null {
  const value = isObject(line.outputs) ? line.outputs.fields ?? null : null;
  return value === null ? null : json(value);
}

function inputMember(line: TranscriptLine, name: string): string | null {
  return stringMember(line.inputs, name) ?? null;
}

function outputMember(line: TranscriptLine, name: string): string | null {
  return stringMember(line.outputs, name) ?? null;
}

function json(value: Json): string {
  return jsonText(value);
}

function join(...parts: (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== "").join(" ");
}

/** One line stays one line, and no character steers a terminal or turns the direction of text. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
