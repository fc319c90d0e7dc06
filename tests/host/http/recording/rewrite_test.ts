import { assertEquals } from "@std/assert";
import { rewritten } from "../../../../lib/host/http/recording/rewrite.ts";

Deno.test("rewritten() replaces the beginning of an address by the first rule that fits", async (t) => {
  const rules = [["https://a.example/v1/", "http://localhost:1/"], [
    "https://a.example",
    "http://localhost:2",
  ]] as const;
  const cases: [url: string, expected: string][] = [
    ["https://a.example/v1/x?y#z", "http://localhost:1/x?y#z"],
    ["https://a.example/v2", "http://localhost:2/v2"],
    ["https://a.example", "http://localhost:2"],
    ["https://b.example/https://a.example", "https://b.example/https://a.example"],
    ["", ""],
  ];
  for (const [url, expected] of cases) {
    await t.step(url, () => assertEquals(rewritten(url, rules), expected));
  }
  await t.step("and only once", () => {
    assertEquals(rewritten("a/b", [["a", "b"], ["b", "c"]]), "b/b");
  });
});
