import { assertEquals } from "@std/assert";
import { kept } from "./_helpers.ts";

Deno.test("KeptBytes refuses what goes beyond the limit, and counts nothing of it", () => {
  const room = kept(100);
  const failure = {
    code: "limit.memory",
    message: "The size of what components store in the run exceeds the limit maxMemoryBytes of 100 bytes",
    hint: "Raise it with --max-memory-mb or the option limits.maxMemoryBytes",
  };
  assertEquals([room.change(60), room.change(41), room.change(40), room.change(1)], [
    null,
    failure,
    null,
    failure,
  ]);
  assertEquals([room.change(-10), room.change(10), room.change(1)], [null, null, failure]);
});
