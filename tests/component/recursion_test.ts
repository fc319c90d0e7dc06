import { assert, assertEquals } from "@std/assert";
import { type CallNode, MAX_UNPAID_COST, weighCalls } from "../../lib/component/recursion.ts";

function node(calls: readonly number[], more: Partial<CallNode> = {}): CallNode {
  return { cost: 1, calls, loopCalls: [], indirect: false, ...more };
}

function paying(nodes: readonly CallNode[]): number[] {
  return [...weighCalls(nodes).atEntry.keys()].sort((a, b) => a - b);
}

Deno.test("weighCalls() adds up what is called, once for each call", () => {
  const { cost, atEntry } = weighCalls([node([1, 1, 2]), node([2]), node([])]);
  assertEquals([...cost], [1 + 2 + 2 + 1, 2, 1]);
  assertEquals(atEntry.size, 0);
});

Deno.test("weighCalls() lets every member of a cycle pay at its entry", async (t) => {
  const cases: [name: string, nodes: CallNode[], expected: number[]][] = [
    ["a function that calls itself", [node([0]), node([])], [0]],
    ["a function that calls itself in a loop", [node([], { loopCalls: [0] })], [0]],
    ["two functions", [node([1]), node([0])], [0, 1]],
    ["three functions and their caller", [node([1]), node([2]), node([3]), node([1])], [1, 2, 3]],
    ["a cycle that closes in a loop", [node([1]), node([], { loopCalls: [0] })], [0, 1]],
    ["two cycles that share a function", [node([1, 2]), node([0]), node([0])], [0, 1, 2]],
    ["an indirect caller", [node([1]), node([], { indirect: true })], [1]],
    ["a call of a function that does not exist", [node([7])], []],
  ];
  for (const [name, nodes, expected] of cases) {
    await t.step(name, () => assertEquals(paying(nodes), expected));
  }
});

Deno.test("weighCalls() lets no function pass whose calls add up to much", () => {
  // Each function calls the next one twice: without payment 2 ** 60 calls.
  const nodes = Array.from({ length: 60 }, (_, index) => node(index === 59 ? [] : [index + 1, index + 1]));
  const { cost, atEntry } = weighCalls(nodes);
  assert(cost.every((value) => value <= MAX_UNPAID_COST));
  assert(atEntry.size >= 60 / (Math.log2(MAX_UNPAID_COST) + 1) - 1);
  for (const value of atEntry.values()) assert(value > MAX_UNPAID_COST && value <= 2 * MAX_UNPAID_COST + 1);
});

Deno.test("weighCalls() walks deep call graphs without recursion of its own", () => {
  const nodes = Array.from({ length: 200_000 }, (_, index) => node(index === 199_999 ? [] : [index + 1]));
  assertEquals(weighCalls(nodes).atEntry.size, Math.floor(200_000 / (MAX_UNPAID_COST + 1)));
});
