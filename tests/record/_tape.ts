/** What the tests of the tape share. */

import type { HostCall, NodePlace, WitValue } from "../../lib/base/call.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import type { TapedAnswer } from "../../lib/base/tape.ts";
import { Seal } from "../../lib/record/seal.ts";
import type { ChangeParts } from "../../lib/record/tape_line.ts";
import { readTape, type Tape } from "../../lib/record/tape_reader.ts";
import { TapeWriter } from "../../lib/record/tape_writer.ts";

/** All parts of a first line: any of them may hold secrets. */
export const WHOLE: ChangeParts = (document, change) =>
  Object.fromEntries(Object.entries(document).map(([name, value]) => [name, change(value)]));

/** A place in the flow `main`. */
export function at(nodeId: string, callId: string, changes: Partial<NodePlace> = {}): NodePlace {
  return { callId, flowId: "main", flowPath: [], nodeId, attempt: 1, ...changes };
}

/** A call of `a:b/c#fn`. */
export function call(place: NodePlace, fn: string, ...args: WitValue[]): HostCall {
  return { place, interface: "a:b/c", fn, args };
}

/** An answer that is a value. */
export function ok(value: WitValue): NonNullable<TapedAnswer> {
  return { reply: { type: "ok", value }, status: "ok", provider: "real", outputs: null };
}

/** The value of an answer. */
export function valueOf(answer: TapedAnswer | undefined): WitValue {
  return answer?.reply.type === "ok" ? answer.reply.value : undefined;
}

/** Runs a test in a folder that goes away. */
export async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Records with a seal, then reads what was recorded. */
export async function recorded(
  work: (writer: TapeWriter) => void,
  { seal = new Seal(), header = {} }: { seal?: Seal; header?: JsonObject } = {},
): Promise<{ tape: Tape; text: string }> {
  const dir = await Deno.makeTempDir();
  try {
    const writer = new TapeWriter(`${dir}/tape.jsonl`, { header, parts: WHOLE, seal });
    work(writer);
    writer.close();
    if (writer.fault !== undefined) throw writer.fault;
    return { tape: await readTape(dir), text: await Deno.readTextFile(`${dir}/tape.jsonl`) };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
