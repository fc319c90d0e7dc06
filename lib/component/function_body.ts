/**
 * Walks a function body and tells what metering must know of it: the places where something is to be inserted, and
 * what stands in each loop. Never changes a byte.
 */

import { RunnerError } from "../base/errors.ts";
import { BinaryReader } from "./binary.ts";
import { type CoreModule, KIND } from "./core_module.ts";
import { GROW_TABLE, type Instruction, readInstruction, valueType } from "./instructions.ts";
import { type CallNode, MAX_UNPAID_COST } from "./recursion.ts";

/** An instruction of a function body that something is inserted at. */
export interface Mark {
  /** Offset in the module at which code is inserted. */
  readonly at: number;
  readonly instruction: Instruction;
  /** The loop, for the head of one. */
  readonly scope?: Scope;
}

/** What stands directly in a loop, or outside of all loops. */
export interface Scope {
  bytes: number;
  /** Functions of this module called there, as indexes among the defined ones. */
  readonly calls: number[];
  /** Calls of functions whose cost is not known: imported ones, and those behind a table or reference. */
  unknownCalls: number;
}

/** A function body. */
export interface Body {
  /** Offset behind the size. */
  readonly start: number;
  readonly end: number;
  /** Offset of the first instruction. */
  readonly code: number;
  /** Local declarations, as groups. */
  readonly localGroups: number;
  readonly localCount: number;
  readonly marks: readonly Mark[];
  /** Outside of all loops. */
  readonly outside: Scope;
  readonly loops: readonly Scope[];
  readonly indirect: boolean;
}

/** Bytes of code that make a unit. */
const UNIT_BYTES = 256;

/**
 * Walks the body that the reader stands at.
 *
 * @throws {RunnerError} `component.unmetered` for instructions that cannot be metered.
 */
export function walkBody(module: CoreModule, section: BinaryReader): Body {
  const size = section.u32();
  const start = section.pos;
  section.skip(size);
  const reader = new BinaryReader(module.bytes, start, section.pos);
  const localGroups = reader.u32();
  let localCount = 0;
  for (let group = localGroups; group > 0; group--) {
    localCount += reader.u32();
    valueType(reader);
  }
  const code = reader.pos;
  return { start, end: section.pos, code, localGroups, localCount, ...walkCode(module, reader) };
}

function walkCode(
  module: CoreModule,
  reader: BinaryReader,
): Pick<Body, "marks" | "outside" | "loops" | "indirect"> {
  const outside: Scope = { bytes: 0, calls: [], unknownCalls: 0 };
  const loops: Scope[] = [];
  const open: Scope[] = [outside];
  const marks: Mark[] = [];
  let indirect = false;
  while (!reader.done) {
    const before = reader.pos;
    const instruction = readInstruction(reader);
    const scope = open.at(-1) ?? outside;
    scope.bytes += reader.pos - before;
    switch (instruction.kind) {
      case "plain":
        break;
      case "open":
        open.push(scope);
        break;
      case "close":
        open.pop();
        break;
      case "loop": {
        const loop: Scope = { bytes: 0, calls: [], unknownCalls: 0 };
        loops.push(loop);
        open.push(loop);
        marks.push({ at: reader.pos, instruction, scope: loop });
        break;
      }
      case "call": {
        const defined = instruction.target - module.imported[KIND.func]!;
        if (defined >= 0) scope.calls.push(defined);
        else scope.unknownCalls++;
        break;
      }
      case "indirect":
        indirect = true;
        scope.unknownCalls++;
        break;
      case "bulk":
        marks.push({ at: before, instruction });
        if (instruction.grows !== undefined) marks.push({ at: reader.pos, instruction: GROW_TABLE });
        break;
      case "grow":
        marks.push({ at: reader.pos, instruction });
        break;
      case "refused":
        throw new RunnerError(
          "component.unmetered",
          `Component uses "${instruction.name}", which cannot be metered`,
          {
            place: module.place,
            hint:
              "Build the component without exception handling, garbage collection and shared-memory waits",
          },
        );
    }
  }
  return { marks, outside, loops, indirect };
}

/** Cost of one round of a loop, when `cost` is what each defined function costs its callers. */
export function roundCost(loop: Scope, cost: Float64Array): number {
  return loop.calls.reduce((sum, callee) => sum + (cost[callee] ?? 0), ownCost(loop));
}

/** The function as a node of the call graph. */
export function callNode({ outside, loops, indirect }: Body): CallNode {
  return {
    cost: ownCost(outside),
    calls: outside.calls,
    loopCalls: loops.flatMap(({ calls }) => calls),
    indirect,
  };
}

/** Cost of what stands in a scope, without the calls of functions whose cost is known. */
function ownCost({ bytes, unknownCalls }: Scope): number {
  return 1 + Math.floor(bytes / UNIT_BYTES) + unknownCalls * MAX_UNPAID_COST;
}
