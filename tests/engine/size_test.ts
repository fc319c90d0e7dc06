import { assertEquals, assertThrows } from "@std/assert";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { Fault } from "../../lib/engine/fault.ts";
import { checkSize } from "../../lib/engine/size.ts";

Deno.test("checkSize() counts the bytes that JSON text would have", () => {
  const values: Json[] = [
    null,
    true,
    -1.5e300,
    "",
    'ä€😀"\\\n\u0001\u000b',
    [],
    {},
    [1, [2, "x"], {}],
    { a: 1, "ü": [null, { b: "c" }] },
  ];
  for (const value of values) {
    const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
    const check = (maxValueBytes: number) => checkSize(value, "It", { ...DEFAULT_LIMITS, maxValueBytes });
    check(bytes);
    const fault = assertThrows(
      () => check(bytes - 1),
      Fault,
      `It exceeds the limit maxValueBytes of ${bytes - 1}`,
    );
    assertEquals(fault.failure.code, "limit.value");
  }
});

Deno.test("checkSize() stops early in values whose parts are shared", () => {
  let value: Json = "x".repeat(1000);
  for (let i = 0; i < 60; i++) value = [value, value];
  assertThrows(() => checkSize(value, "It", DEFAULT_LIMITS), Fault, "exceeds the limit");
});

Deno.test("checkSize() refuses values that nest too deeply", () => {
  let value: Json = 1;
  for (let i = 0; i < 128; i++) value = { value };
  checkSize(value, "It", DEFAULT_LIMITS);
  assertThrows(() => checkSize([value], "It", DEFAULT_LIMITS), Fault, "It nests deeper than 128 levels");
});
