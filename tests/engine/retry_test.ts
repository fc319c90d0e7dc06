import { assertEquals } from "@std/assert";
import type { Failure } from "../../lib/base/call.ts";
import { retryDelay } from "../../lib/engine/retry.ts";

Deno.test("retryDelay() follows the component, then the words of the failure", async (t) => {
  const table: [string, Partial<Failure>, string, number, number | undefined][] = [
    ["first wait", {}, "Timeout", 1, 250],
    ["second wait", {}, "TRANSIENT", 2, 500],
    ["no third", {}, "unavailable", 3, undefined],
    ["no reason", {}, "bad request", 1, undefined],
    ["the component says yes", { retryable: true }, "bad", 1, 250],
    ["the component says no", { retryable: false }, "internal", 1, undefined],
    ["the component says when", { retryable: true, backoffMs: 10 }, "bad", 2, 10],
    ["when alone is no reason", { backoffMs: 10 }, "bad", 1, undefined],
    ["when for a known word", { backoffMs: 0 }, "timeout", 1, 0],
  ];
  for (const [name, more, said, attempt, expected] of table) {
    await t.step(name, () => {
      const failure: Failure = { code: "E", message: "internal in a name", ...more };
      assertEquals(retryDelay(failure, { attempt, said }), expected);
    });
  }
});
