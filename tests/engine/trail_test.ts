import { assertEquals } from "@std/assert";
import { Trail } from "../../lib/engine/trail.ts";

Deno.test("Trail.cycle() names the circle that the last node closes", () => {
  const trail = new Trail();
  assertEquals(trail.cycle(), undefined);
  for (const id of ["start", "a", "b", "c"]) trail.enter(id);
  assertEquals(trail.cycle(), undefined);
  trail.enter("a");
  assertEquals(trail.cycle(), "a → b → c → a");
  trail.enter("a");
  assertEquals(trail.cycle(), "a → a");
});

Deno.test("Trail.cycle() shortens long circles and forgets old nodes", () => {
  const trail = new Trail();
  for (let i = 0; i < 3000; i++) trail.enter(`n${i % 100}`);
  const cycle = trail.cycle() ?? "";
  assertEquals([cycle.startsWith("n99 → n0 → "), cycle.endsWith(" → … → n99"), cycle.length < 120], [
    true,
    true,
    true,
  ]);
  for (let i = 0; i < 3000; i++) trail.enter(`m${i}`);
  assertEquals(trail.cycle(), undefined);
});
