import { assertEquals } from "@std/assert";
import { nearestName } from "../lib/nearest_name.ts";

Deno.test("nearestName() finds the name that was meant, or none", async (t) => {
  const known = ["http", "kv", "time", "expire_after_days", "expireAfterDays"];
  const table: [written: string, name: string | undefined][] = [
    ["htpp", "http"],
    ["HTTP", "http"],
    ["tim", "time"],
    ["vk", undefined],
    ["k", "kv"],
    ["expireafterday", "expireAfterDays"],
    ["expire_after_dayzzz", "expire_after_days"],
    ["zzzzzz", undefined],
    ["", undefined],
  ];
  for (const [written, name] of table) {
    await t.step(JSON.stringify(written), () => assertEquals(nearestName(written, known), name));
  }
  await t.step("of none", () => assertEquals(nearestName("http", []), undefined));
});
