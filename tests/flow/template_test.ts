import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { loadHandlebars } from "../../lib/flow/handlebars.ts";
import { needsHandlebars, renderMapping, type TemplateOptions } from "../../lib/flow/template.ts";

const handlebars = await loadHandlebars();

function render(mapping: Json, more: Partial<TemplateOptions> = {}): Json {
  return renderMapping(mapping, {
    context: { entry: { n: 3, s: "x", "a/b": 1, l: [1, { k: "v" }], z: null } },
    missing: "strict",
    maxChars: 1000,
    warn: () => {},
    handlebars,
    ...more,
  });
}

Deno.test("renderMapping() chooses between path, template and text", async (t) => {
  const table: [Json, Json][] = [
    ["{{entry.n}}", 3],
    [" {{ entry.n }}\n", 3],
    ["{{{entry.l}}}", [1, { k: "v" }]],
    ["{{entry.z}}", null],
    ["{{entry.l[1].k}}", "v"],
    ['{{entry["a/b"]}}', 1],
    ["{{~entry.n~}}", "3"],
    ["{{! nothing }}", ""],
    ['{{lookup entry "n"}}', "3"],
    ["\\{{entry.n}}", "{{entry.n}}"],
    ["plain } text", "plain } text"],
    ["/entry/n", "/entry/n"],
    [{ a: ["{{entry.n}}", true, 1.5, null], "{{entry.n}}": {} }, {
      a: [3, true, 1.5, null],
      "{{entry.n}}": {},
    }],
  ];
  for (const [mapping, expected] of table) {
    await t.step(JSON.stringify(mapping), () => assertEquals(render(mapping), expected));
  }
});

Deno.test("renderMapping() keeps keys such as __proto__ as data", () => {
  const rendered = render(JSON.parse('{"__proto__":{"x":"{{entry.n}}"}}'));
  assertEquals(JSON.stringify(rendered), '{"__proto__":{"x":3}}');
});

Deno.test("renderMapping() follows pointers where they are allowed", () => {
  const pointers = (mapping: Json) => render(mapping, { pointers: true });
  assertEquals(pointers({ a: "/entry/n", b: "/entry/a~1b", c: "x/y" }), { a: 3, b: 1, c: "x/y" });
  assertEquals(pointers("/entry/{{entry.n}}"), "/entry/3");
  const error = assertThrows(() => pointers(["/nope"]), RunnerError, "mapping path `/nope` not found");
  assertEquals([error.code, error.place], ["template.missing", "$[0]"]);
});

Deno.test("renderMapping() names the field, the expression and the nearest path", () => {
  const error = assertThrows(() => render({ a: { b: "{{entry.l[7]}}" } }), RunnerError);
  assertEquals(error.message, "template expression `entry.l[7]` not found");
  assertEquals([error.code, error.place], ["template.missing", "$.a.b"]);
  assertEquals(error.hint, 'The nearest existing path "entry.l" is a list of 2');
  const mixed = assertThrows(() => render(["<{{entry.no}}>"]), RunnerError);
  assertEquals(mixed.message, "template render failed: expression `entry.no` not found (line 1, column 4)");
  assertEquals([mixed.code, mixed.place], ["template.missing", "$[0]"]);
  assert(mixed.hint.startsWith('The nearest existing path "entry" has'), mixed.hint);
});

Deno.test("renderMapping() warns in lenient mode and goes on", () => {
  const warnings: string[] = [];
  const options: Partial<TemplateOptions> = {
    missing: "lenient",
    pointers: true,
    warn: (message, field) => warnings.push(`${field}: ${message}`),
  };
  assertEquals(render({ a: "{{entry.q}}", b: "<{{entry.q}}>", c: "/q" }, options), { a: "", b: "<>", c: "" });
  assertEquals(warnings, [
    "$.a: template expression `entry.q` not found",
    "$.b: template render failed: expression `entry.q` not found",
    "$.c: mapping path `/q` not found",
  ]);
});

Deno.test("needsHandlebars() is true only for what is more than one path", () => {
  assertEquals(needsHandlebars({ a: ["{{entry.n}}", "text"], b: 1 }), false);
  assertEquals(needsHandlebars({ a: ["x{{entry.n}}"] }), true);
  assertEquals(needsHandlebars("{{#if a}}{{/if}}"), true);
});
