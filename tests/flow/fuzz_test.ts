/** Hostile documents and templates: whatever comes in, findings and coded errors come out, and soon. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RunnerError } from "../../lib/base/errors.ts";
import type { FlowSource } from "../../lib/base/flow_source.ts";
import { isObject, type Json } from "../../lib/base/json.ts";
import { templateFindings } from "../../lib/flow/check_templates.ts";
import { parseCondition } from "../../lib/flow/condition.ts";
import { targetsOf } from "../../lib/flow/flow.ts";
import { loadHandlebars } from "../../lib/flow/handlebars.ts";
import { linkFindings } from "../../lib/flow/link.ts";
import { parseFlow } from "../../lib/flow/parse.ts";
import { renderMapping } from "../../lib/flow/template.ts";

const handlebars = await loadHandlebars();
const RUNS = { seed: 7, numRuns: 1000 };

const word = fc.constantFrom(
  ..."id nodes routing to out reply status condition a b component component.exec emit.x input mapping next"
    .split(" "),
  ..."node_id branch on_status default start entrypoints type __proto__ constructor session.wait when".split(
    " ",
  ),
  ..."flow.goto flow.call var.set state.get provider.invoke flow node name key event next in_map error".split(
    " ",
  ),
  ..."parameters vars_init metadata extra {{vars.x}} {{#if}} {{a.b}}x required provider_type".split(" "),
);
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    word,
    fc.constantFrom(null, true, 1),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.array(fc.tuple(word, tie("tree")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

Deno.test("parseFlow() gives a sound flow or errors for any document", () => {
  fc.assert(
    fc.property(
      tree,
      fc.dictionary(word, tree),
      fc.boolean(),
      fc.boolean(),
      (nodes, more, compiled, known) => {
        const form = compiled ? "compiled" : "authored";
        const order = known && isObject(nodes) ? { order: Object.keys(nodes) } : {};
        const source: FlowSource = { id: "f", form, place: "here", document: { ...more, nodes }, ...order };
        const { flow, findings } = parseFlow(source);
        const failed = findings.some((finding) => finding.severity === "error");
        assertEquals(flow === undefined, failed);
        if (flow === undefined) return;
        assert(flow.nodes.has(flow.start));
        for (const node of flow.nodes.values()) {
          assert(targetsOf(node.routing).every((to) => flow.nodes.has(to)));
        }
        const names = {
          components: new Set(["a"]),
          flows: new Map([["f", flow]]),
          providers: new Set<string>(),
        };
        for (
          const { place } of [
            ...linkFindings(flow, source, names),
            ...templateFindings([{ flow, source }], handlebars),
          ]
        ) {
          assert(place?.startsWith("here flow f"), place);
        }
      },
    ),
    RUNS,
  );
});

Deno.test("renderMapping() gives a value or a coded error for any text", () => {
  const pieces = fc.constantFrom(
    ..."{{ }} {{{ }}} {{{{ }}}} {{# {{/ {{> {{^ {{! ~ if each with lookup else a.b a.0 ../ @root [ ] ( ) \" ' | as = \\ /a"
      .split(" "),
    ...[" ", "x", "1", "\n"],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), fc.boolean(), (parts, lenient) => {
      try {
        renderMapping([parts.join("")], {
          context: { a: { b: [1] }, x: { y: null } },
          missing: lenient ? "lenient" : "strict",
          maxChars: 100,
          warn: () => {},
          pointers: true,
          handlebars,
        });
      } catch (error) {
        if (!(error instanceof RunnerError)) throw error;
        assert(error.code.startsWith("template."), error.code);
        assertEquals(error.place, "$[0]");
      }
    }),
    { ...RUNS, numRuns: 2000 },
  );
});

Deno.test("renderMapping() is done soon with long hostile texts", () => {
  const long = 40_000;
  const texts = [
    "{{".repeat(long),
    "{{{{x".repeat(long),
    `x${"}".repeat(long)}x`,
    `{{${"}".repeat(long)}x}}`,
    `{{${"a[".repeat(long)}}}`,
    `{{${"a.".repeat(long)}}}`,
    `{{a${" ".repeat(long)}b`,
    "{{a b.0}}".repeat(long),
    "{{#if a}}".repeat(long / 4),
    "x".repeat(300_000) + "{{a.b}}",
  ];
  for (const text of texts) {
    const render = () =>
      renderMapping(text, { context: {}, missing: "lenient", maxChars: 50_000, warn: () => {}, handlebars });
    try {
      render();
    } catch (error) {
      assert(error instanceof RunnerError, String(error));
    }
  }
  assertEquals(parseCondition(`a${" ".repeat(long)}`), undefined);
});
