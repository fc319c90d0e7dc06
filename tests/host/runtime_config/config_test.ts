import { assert, assertEquals } from "@std/assert";
import type { Json } from "../../../lib/base/json.ts";
import { RuntimeConfig } from "../../../lib/host/runtime_config/config.ts";
import { answerOf, hostCall } from "../_helpers.ts";

const GET = "greentic:runtime-config/runtime-config@1.0.0#get";

function config(): RuntimeConfig {
  const values = JSON.parse('{"level":3,"name":"x","none":null,"__proto__":"p"}') as Record<string, Json>;
  return new RuntimeConfig(values, (key) => key === "TOKEN" ? 's3"cret' : undefined);
}

Deno.test("RuntimeConfig answers with JSON: values first, then secrets, then nothing", async (t) => {
  const cases: [key: string, value: string | undefined][] = [
    ["level", "3"],
    ["name", '"x"'],
    ["none", "null"],
    ["__proto__", '"p"'],
    ["toString", undefined],
    ["TOKEN", '"s3\\"cret"'],
    ["absent", undefined],
  ];
  for (const [key, value] of cases) {
    await t.step(key, () => {
      const { reply, status } = answerOf(config(), GET, key);
      assertEquals([reply, status], [{ type: "ok", value }, "ok"]);
    });
  }
  for (const key of ["", "  "]) {
    await t.step(`"${key}"`, () => {
      assertEquals(answerOf(config(), GET, key).reply, { type: "err", error: "invalid-key" });
    });
  }
});

Deno.test("RuntimeConfig records that there was a value, and where it came from", () => {
  assertEquals(answerOf(config(), GET, "level").outputs, { found: true, source: "map" });
  assertEquals(answerOf(config(), GET, "TOKEN").outputs, { found: true, source: "secrets" });
  assertEquals(answerOf(config(), GET, "absent").outputs, { found: false });
  assert(!JSON.stringify(config().describe(hostCall(GET, "TOKEN"))).includes("s3"));
});
