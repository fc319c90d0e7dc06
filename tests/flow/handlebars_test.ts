import { assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { loadHandlebars } from "../../lib/flow/handlebars.ts";

const handlebars = await loadHandlebars();

const CONTEXT: Json = JSON.parse(`{
  "n": 3, "zero": 0, "s": "<b>", "t": true, "z": null, "e": {}, "l": [1, "two", null, [3]],
  "o": {"b": {"name": "B"}, "a": {"name": "A"}}, "k": "b", "__proto__": "p",
  "w": {"true": 1, "null": {"this": 2}, "undefined": [3], "false": 4}, "users": [{"name": "x"}, {"name": "y"}]
}`);

function render(text: string, missing: "strict" | "lenient" = "strict", maxChars = 1000): string {
  return handlebars.render(text, { context: CONTEXT, missing, maxChars, warn: () => {} });
}

Deno.test("Handlebars.render() renders as the reference does", async (t) => {
  const table: [string, string][] = [
    // Values print without escaping.
    ["{{s}}{{{s}}}{{&s}}", "<b><b><b>"],
    ["{{n}} {{t}} {{z}} {{e}} {{l}}", "3 true  [object] [1, two, , [3]]"],
    ['{{"lit"}} {{1.5}} {{true}} {{null}}', "lit 1.5 true "],
    ["{{__proto__}}", "p"],
    // Paths.
    ["{{w.true}}{{w.null.this}} {{w.undefined.0}}{{#if w.false}}y{{/if}}", "12 3y"],
    ["{{l.0}} {{l.[1]}} {{l[3].0}} {{o['a'].name}}", "1 two 3 A"],
    ["{{#with o}}{{b.name}} {{../n}} {{@root.k}}{{/with}}", "B 3 b"],
    ["{{this.n}} {{./n}} {{o/a/name}}", "3 3 A"],
    // Blocks.
    ["{{#if n}}y{{else}}n{{/if}}{{#unless n}}y{{else}}n{{/unless}}", "yn"],
    ["{{#if zero}}y{{else if t}}z{{/if}}{{#if zero includeZero=true}}y{{/if}}", "zy"],
    ["{{#if missing}}y{{else}}n{{/if}}{{#if e}}y{{else}}n{{/if}}", "nn"],
    [
      "{{#each l}}{{@index}}{{#if @first}}f{{/if}}{{#if @last}}l{{/if}}={{this}} {{/each}}",
      "0f=1 1=two 2= 3l=[3] ",
    ],
    ["{{#each o}}{{@key}}:{{name}}{{#unless @last}},{{/unless}}{{/each}}", "a:A,b:B"],
    ["{{#each o as |v key|}}{{key}}{{v.name}}{{/each}}", "aAbB"],
    [
      "{{#each users}}{{#each ../l}}{{@../index}}{{@index}}{{../name}} {{/each}}{{/each}}",
      [
        "00x 01x 02x 03x ",
        "10y 11y 12y 13y ",
      ].join(""),
    ],
    ["{{#each e}}x{{else}}none{{/each}}{{#each missing}}x{{else}}none{{/each}}", "nonenone"],
    ["{{#with missing}}x{{else}}none{{/with}}{{#with o.a as |p|}}{{p.name}}{{/with}}", "noneA"],
    ["{{^if n}}a{{else}}b{{/if}}", "b"],
    // Helpers.
    ['{{lookup o.a "name"}} {{lookup l 1}} {{#with (lookup o k)}}{{name}}{{/with}}', "A two B"],
    ['{{eq n 3}} {{ne n 3}} {{eq k "b"}} {{eq l.[3] l.[3]}}', "true false true true"],
    ['{{gt n 2}} {{gte n 3}} {{lt n "10"}} {{lte "a" "b"}}', "true true true true"],
    ["{{and n t}} {{and n zero}} {{or zero n}} {{or z e}} {{not z}}", "true false true false true"],
    ["{{len l}} {{len s}} {{len o}} {{len n}}", "4 3 2 0"],
    ["{{#if (and (gt n 1) (not z))}}y{{/if}}{{#eq n 3}}three{{else}}no{{/eq}}", "ythree"],
    ["a{{log n}}b{{#raw}}{{n}}{{/raw}} {{{{raw}}}}{{n}}{{{{/raw}}}}", "ab3 {{n}}"],
    // Partials.
    ['{{#*inline "p"}}[{{name}}{{x}}]{{/inline}}{{> p o.a x=1}}{{> p name="q" x=n}}', "[A1][q3]"],
    [
      '{{#*inline "p"}}<{{> @partial-block}}>{{/inline}}{{#> p}}{{n}}{{/p}}{{#> gone}}fallback{{/gone}}',
      "<3>fallback",
    ],
    ['{{#*inline "p"}}a\nb\n{{/inline}}x\n  {{> p}}\ny', "x\n  a\n  b\ny"],
    ["{{#*inline 'b'}}B{{/inline}}{{> (lookup this 'k')}}", "B"],
    // Escapes, comments, whitespace.
    ["{{{{raw}}}}{{l.0}}{{{{/raw}}}}{{{l.0}}} {{{{raw}}}}{{l.0}}{{{{/raw}}}}", "{{l.0}}1 {{l.0}}"],
    ['{{#if t}}{{#*inline "p"}}2{{/inline}}{{#if t}}{{> p}}{{/if}}{{/if}}{{#> p}}gone{{/p}}', "2gone"],
    ["\\{{n}} \\\\{{n}} \\{{l.0}} {{l.0}}", "{{n}} \\3 {{l.0}} 1"],
    ["a {{~n~}} b{{! no }}{{!-- }} --}}", "a3b"],
    ["{{#if t}}\n  x\n{{/if}}\ny", "  x\ny"],
    ["{ {n} } }} text", "{ {n} } }} text"],
  ];
  for (const [text, expected] of table) {
    await t.step(text, () => assertEquals(render(text), expected));
  }
});

Deno.test("Handlebars.render() fails with a code and a position", async (t) => {
  const table: [string, string, string][] = [
    ["x {{no}}", "template.missing", "`no` not found (line 1, column 5)"],
    ["{{n}}\n{{o.a.no}}", "template.missing", "`o.a.no` not found (line 2, column 3)"],
    ["{{l.length}} ", "template.missing", "`l.length`"],
    ["{{constructor}} ", "template.missing", "`constructor`"],
    ["{{#each no}}{{/each}}", "template.missing", "`no`"],
    ["{{#with no}}{{/with}}", "template.missing", "`no`"],
    ["{{../n}} ", "template.missing", "`../n`"],
    ["{{eq no 1}}", "template.missing", "`no`"],
    ["{{not no}}", "template.missing", "`no`"],
    ["{{lookup o 'no'}}", "template.missing", "the value"],
    ["{{#if (lookup o 'no')}}{{/if}}", "template.missing", "the value"],
    ["{{nope n}}", "template.helper", 'helper "nope" is unknown'],
    ["{{#users}}{{/users}}", "template.helper", 'helper "users" is unknown'],
    ["{{gt n o}}", "template.helper", 'helper "gt" compares numbers or strings only'],
    ["{{len}} ", "template.helper", 'helper "len" takes 1 arguments'],
    ["{{#if}}{{/if}}", "template.helper", 'helper "if" takes one argument'],
    ["{{> p}}", "template.helper", 'partial "p" is not defined'],
    ["{{* x}}", "template.syntax", "decorators"],
    ["{{#if n}", "template.syntax", 'Unexpected INVALID at column 8 of "{{#if n}"'],
    ["{{#if n}}x", "template.syntax", "Parse error on line 1"],
    ["{{#if n}}x{{/each}}", "template.syntax", "if doesn't match each"],
    ["{{}}", "template.syntax", "Parse error"],
  ];
  for (const [text, code, message] of table) {
    await t.step(text, () => {
      const error = assertThrows(() => render(text), RunnerError, message);
      assertEquals(error.code, code);
      assertEquals(error.message.startsWith("template render failed: "), true);
    });
  }
});

Deno.test("Handlebars.render() prints nothing for missing values in lenient mode", () => {
  assertEquals(
    render("a{{no}}{{o.x.y}}{{#each no}}x{{/each}}{{#with no}}x{{/with}}{{lookup o 'q'}}b", "lenient"),
    "ab",
  );
  assertEquals(render("{{eq no z}}", "lenient"), "true");
});

Deno.test("Handlebars.render() takes many blocks that follow each other", () => {
  const text = "{{#if t}}{{else}}{{/if}}{{^if t}}{{^}}{{/if}}(".repeat(600) + "(".repeat(99);
  assertEquals(render(text, "strict", 2000), "(".repeat(699));
});

Deno.test("Handlebars.render() stops templates that grow or never end", async (t) => {
  const loop = '{{#*inline "p"}}{{> p}}{{/inline}}{{> p}}';
  const nested = "{{#each l}}".repeat(12) + "{{/each}}".repeat(12);
  const table: [string, string, string][] = [
    ["output", "{{#each l}}12345{{/each}}", "output exceeds the limit maxTemplateChars of 10"],
    ["partials", loop, "more than 128 blocks within each other"],
    ["source", "x".repeat(300_000) + "{{n}}", "the template is longer than 65536 characters"],
    ["turns", nested, "more than 1000000 steps"],
    [
      "deep comparisons",
      "{{#each big}}{{#if (eq @root.big @root.big)}}{{/if}}{{/each}}",
      "more than 1000000 steps",
    ],
    ["large conditions", "{{#each big}}{{#if @root.wide}}{{/if}}{{/each}}", "more than 1000000 steps"],
    ["large scopes", "{{#each big}}{{#with @root.wide}}{{/with}}{{/each}}", "more than 1000000 steps"],
    ["open", "{{#if t}}".repeat(2000), "more than 512 open blocks and branches"],
    ["else", "{{#if t}}" + "{{else if t}}".repeat(600) + "{{/if}}", "more than 512 open blocks and branches"],
    ["brackets", "{{len " + "(len ".repeat(65), "more than 64 open brackets"],
    ["depth", "{{#if t}}".repeat(200) + "{{/if}}".repeat(200), "more than 128 blocks within each other"],
  ];
  for (const [name, text, message] of table) {
    await t.step(name, () => {
      const wide = CONTEXT as { [key: string]: Json };
      const big = Array.from({ length: 2000 }, () => [[1]]);
      const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]));
      const context = { ...wide, big, wide: many, l: [[[[1, 1], [1, 1]], [[1, 1], [1, 1]]], 1, 1, 1, 1] };
      const all = name === "turns" ? text.replaceAll("{{#each l}}", "{{#each @root.l}}") : text;
      const run = () => handlebars.render(all, { context, missing: "strict", maxChars: 10, warn: () => {} });
      assertEquals(assertThrows(run, RunnerError, message).code, "template.limit");
    });
  }
});
