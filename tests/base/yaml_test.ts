/** YAML as JSON values: what is read, on which line it stands, what is refused. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { parseYaml } from "../../lib/base/yaml.ts";

/** Why a document that nests too deep is refused. */
const DEEP = /it is nested deeper than 128$/;

/** The error for a document that is called `f.yaml`. */
function refusal(text: string): RunnerError {
  const error: RunnerError = assertThrows(() => parseYaml(text, "f.yaml"), RunnerError);
  assertEquals(error.code, "yaml.invalid");
  return error;
}

Deno.test("parseYaml() reads values as YAML 1.2 has them", async (t) => {
  const table: [text: string, value: Json][] = [
    ["", null],
    ["# nothing but a comment", null],
    ["a: 1", { a: 1 }],
    ["\ufeffa: 1\r\nb: 2\r\n", { a: 1, b: 2 }],
    ["- a\n- [b, {c: d}]", ["a", ["b", { c: "d" }]]],
    ["a: yes\nb: no\nc: on", { a: "yes", b: "no", c: "on" }],
    ["a: true\nb: ~\nc:", { a: true, b: null, c: null }],
    ["a: 017\nb: 0o17\nc: 0x1f\nd: 1_000\ne: 1e3", { a: 17, b: 15, c: 31, d: "1_000", e: 1000 }],
    ["a: 2026-01-31\nb: 12:30:00", { a: "2026-01-31", b: "12:30:00" }],
    ["version: 1.0\nquoted: '1.0'", { version: 1, quoted: "1.0" }],
    ["1: x\ntrue: y\n~: z", { "1": "x", "true": "y", "~": "z" }],
    ["a: |\n  x\n  y\nb: >-\n  x\n  y", { a: "x\ny\n", b: "x y" }],
    ["a: !!str 1\nb: !!int 2\nc: !!map {}", { a: "1", b: 2, c: {} }],
    ["a: &x [1]\nb: *x", { a: [1], b: [1] }],
    ["x: &x {a: 1}\ny: {<<: *x, b: 2}", { x: { a: 1 }, y: { "<<": { a: 1 }, b: 2 } }],
    ['{\n\t"a":\t[1,\n\t\t"\\u00e9\\n"],\r\n\t"b": {}\n}\n', { a: [1, "é\n"], b: {} }],
  ];
  for (const [text, value] of table) {
    await t.step(JSON.stringify(text), () => assertEquals(parseYaml(text, "f.yaml").value, value));
  }
});

Deno.test("parseYaml() takes keys such as __proto__ as data", async (t) => {
  for (const text of ["__proto__: {a: 1}\nconstructor: 2", '{"__proto__": {"a": 1}, "constructor": 2}']) {
    await t.step(JSON.stringify(text), () => {
      const { value } = parseYaml(text, "f.yaml");
      assertEquals(JSON.stringify(value), '{"__proto__":{"a":1},"constructor":2}');
      assertEquals(Object.getPrototypeOf(value), Object.prototype);
    });
  }
});

Deno.test("parseYaml() knows the line of each value", async (t) => {
  const text = "# about\n\na: 1\nb:\n  - x\n  -\n    y:\n      z: 2\nc: &c\n  d: 1\ne: *c\n";
  const { lineOf } = parseYaml(text, "f.yaml");
  const table: [path: (string | number)[], line: number][] = [
    [[], 3],
    [["a"], 3],
    [["b"], 4],
    [["b", 0], 5],
    [["b", 1], 7],
    [["b", 1, "y"], 7],
    [["b", 1, "y", "z"], 8],
    [["c", "d"], 10],
    // What is not there stands where the nearest value above it does.
    [["b", 7], 4],
    [["b", 1, "q", "r"], 7],
    [["absent"], 3],
    [["a", "b"], 3],
    [["e", "d"], 11],
  ];
  for (const [path, line] of table) {
    await t.step(path.join(".") || "(top)", () => assertEquals(lineOf(path), line));
  }
  await t.step("an empty document has one line", () => {
    assertEquals(parseYaml("", "f.yaml").lineOf(["a"]), 1);
  });
  await t.step("JSON has lines too", () => {
    assertEquals(parseYaml('{\n\t"a": {\n\t\t"b": 1\n\t}\n}', "f.json").lineOf(["a", "b"]), 3);
  });
});

Deno.test("parseYaml() refuses with file and line", async (t) => {
  const table: [text: string, line: number, why: RegExp][] = [
    ["a: 1\nb: [1", 2, /Flow sequence/],
    ["a: 1\nb: 'x", 2, /Missing closing 'quote/],
    ["a: 1\n\na: 2", 3, /it has the key "a" twice$/],
    ["a: 1\nb: c: d", 2, /Nested mappings/],
    ["a:\n\tb: 1", 2, /Tabs are not allowed/],
    ["a: 1\nb: @x", 2, /reserved character @/],
    ["a: 1\n---\nb: 2", 2, /it holds more than one document$/],
    ["a: 1\n? [1]\n: 2", 2, /keys must be strings/],
    ["a:\n  x: 1\n  y: 2\n  x: 3", 4, /it has the key "x" twice$/],
    ["- a: 1\n- b: {c: 1, c: 2}", 2, /it has the key "c" twice$/],
    ["'1': x\n1: y", 2, /it has the key "1" twice$/],
    ["a: 1\n...\nb: 2", 3, /it holds more than one document$/],
    ["a: 1\n---\n", 2, /it holds more than one document$/],
    ["%YAML 1.1\n---\na: yes", 1, /it asks for YAML 1\.1, where words such as yes are no texts$/],
    ["a: 1\nb: !foo x", 2, /Unresolved tag: !foo/],
    ["a: 1\nb: !!js/function 'x'", 2, /Unresolved tag/],
  ];
  for (const [text, line, why] of table) {
    await t.step(JSON.stringify(text), () => {
      const { message, place } = refusal(text);
      assertEquals(place, `f.yaml:${line}`);
      assert(message.startsWith("Document cannot be read: ") && why.test(message), message);
      assert(!/line \d|column \d|\n/.test(message), "the place says it once");
    });
  }
});

Deno.test("parseYaml() refuses what JSON cannot hold", async (t) => {
  const values = [".nan", ".inf", "-.inf", "1e999", "!!binary aGk=", "!!timestamp 2026-01-01", "!!set {x}"];
  for (const value of [...values, "!!merge x", "!!merge '<<'", "!!omap [x: 1]", "*absent"]) {
    await t.step(value, () => {
      assertEquals(refusal(`a: ${value}`).place, "f.yaml:1");
      // Where an alias without its anchor stands nobody says.
      const { place } = refusal(`a:\n  - 1\n  - b: ${value}`);
      if (value !== "*absent") assertEquals(place, "f.yaml:3");
      refusal(`a: [{b: ${value}}]`);
    });
  }
});

Deno.test("parseYaml() reads the newer version of YAML where it is asked for", () => {
  assertEquals(parseYaml("%YAML 1.2\n---\na: yes", "f.yaml").value, { a: "yes" });
});

Deno.test("keysOf() gives the keys of a map in the order of its author", async (t) => {
  const { keysOf } = parseYaml(
    "z: 1\n10: 2\nb:\n  - 2: x\n    1: y\n1: 3\n&c c: &m {3: x, 2: y}\n",
    "f.yaml",
  );
  const table: [path: (string | number)[], keys: string[]][] = [
    [[], ["z", "10", "b", "1", "c"]],
    [["b", 0], ["2", "1"]],
    [["c"], ["3", "2"]],
    // What is no map has no keys.
    [["b"], []],
    [["z"], []],
    [["absent"], []],
    [["b", 0, "absent"], []],
  ];
  for (const [path, keys] of table) {
    await t.step(path.join(".") || "(top)", () => assertEquals(keysOf(path), keys));
  }
  await t.step("an empty document has none", () => assertEquals(parseYaml("", "f.yaml").keysOf([]), []));
});

Deno.test("parseYaml() refuses a document that is too long before it reads any of it", () => {
  const limit = 2 * 1024 * 1024;
  assertEquals(parseYaml("x".repeat(limit), "f.yaml").value, "x".repeat(limit));
  const { message, place } = refusal("[".repeat(limit + 1));
  assertEquals([message, place], [
    `Document cannot be read: it is longer than ${limit} characters`,
    "f.yaml:1",
  ]);
});

Deno.test("parseYaml() takes time in proportion to the keys of a map", () => {
  const spent = (count: number) => {
    const text = Array.from({ length: count }, (_, i) => `key-${i}: ${i}`).join("\n");
    // The least of several, since others use the machine too.
    return Math.min(...Array.from({ length: 5 }, () => {
      const start = performance.now();
      parseYaml(text, "f.yaml");
      return performance.now() - start;
    }));
  };
  spent(2_000);
  const ratio = spent(20_000) / spent(2_000);
  assert(ratio < 50, `ten times the keys take ${ratio.toFixed(1)} times as long`);
});

Deno.test({
  name: "parseYaml() names the flag that it needs where the environment may not be read",
  permissions: { env: false },
  fn() {
    const error: RunnerError = assertThrows(() => parseYaml("a: 1", "f.yaml"), RunnerError);
    assertEquals([error.code, error.place], ["permission.missing", "f.yaml"]);
    assert(error.hint?.includes("--ignore-env"), error.hint);
  },
});

Deno.test("parseYaml() stops at what unfolds or nests without measure", async (t) => {
  const nine = (item: string) => `[${Array(9).fill(item).join(", ")}]`;
  const names = "abcdefgh";
  const bomb = [...names].map((name, i) => `${name}: &${name} ${nine(i === 0 ? "x" : `*${names[i - 1]}`)}`);
  const table: [name: string, text: string, why: RegExp][] = [
    ["a bomb of aliases", bomb.join("\n"), /alias count/],
    ["aliases without measure", `- &a x\n${"- *a\n".repeat(1001)}`, /it has more than 1000 aliases/],
    ["a value within itself", "a: &a [*a]", DEEP],
    ["129 levels", "[".repeat(129) + "]".repeat(129), DEEP],
    ["129 levels of JSON", '{"a":'.repeat(129) + "1" + "}".repeat(129), DEEP],
    ["levels that never close", "[".repeat(20_000), DEEP],
    ["lists in lists", "- ".repeat(5_000) + "x", DEEP],
  ];
  for (const [name, text, why] of table) {
    await t.step(name, () => {
      const { message } = refusal(text);
      assert(why.test(message), message);
    });
  }
  await t.step("128 levels are fine", () => {
    parseYaml("[".repeat(128) + "]".repeat(128), "f.yaml");
  });
});
