/** From the text of a flow document to what the parser takes. */

import { assertEquals } from "@std/assert";
import { flowSource, readSidecar } from "../../lib/base/flow_document.ts";
import { isCompiled } from "../../lib/base/flow_source.ts";
import { type Json, member } from "../../lib/base/json.ts";
import { parseYaml } from "../../lib/base/yaml.ts";

Deno.test("isCompiled() tells the model from what authors write", async (t) => {
  const node = { component: { id: "c" } };
  const table: [document: Json, expected: boolean][] = [
    [{ nodes: [{ id: "a", ...node }] }, true],
    [{ nodes: { a: node } }, true],
    [{ nodes: { a: node, b: { "emit.x": 1 } } }, false],
    [{ nodes: { a: { component: "c", payload: {} } } }, false],
    [{ nodes: {} }, false],
    [{ nodes: [] }, false],
    [{}, false],
    [null, false],
  ];
  for (const [document, expected] of table) {
    await t.step(JSON.stringify(document), () => assertEquals(isCompiled(document), expected));
  }
});

Deno.test("flowSource() keeps the author's order, lines and start", async (t) => {
  const table: [text: string, form: string, order: string[], lines: [string, number][], start?: Json][] = [
    ["id: f\nnodes:\n  b:\n    emit.x: 1\n  a:\n    emit.x: 1\n", "authored", ["b", "a"], [["b", 3], [
      "a",
      5,
    ]], "b"],
    ["id: f\nnodes:\n  b:\n    emit.x: 1\n  in:\n    emit.x: 1\n", "authored", ["b", "in"], [["b", 3], [
      "in",
      5,
    ]], "in"],
    ["id: f\nstart: b\nnodes:\n  a: {emit.x: 1}\n  b: {emit.x: 1}\n", "authored", ["a", "b"], [["a", 4], [
      "b",
      5,
    ]], "b"],
    ['{"id":"f","nodes":{\n"a":{"component":{"id":"c"}}}}', "compiled", ["a"], [["a", 2]]],
    ['{"id":"f","nodes":[\n{"id":"a","component":{"id":"c"}}]}', "compiled", [], [["a", 2]]],
    ["id: f\n", "authored", [], []],
  ];
  for (const [text, form, order, lines, start] of table) {
    await t.step(JSON.stringify(text), () => {
      const source = flowSource(parseYaml(text, "f.ygtc"), { id: "f", place: "f.ygtc" });
      assertEquals([source.form, source.order, [...source.lines?.nodes ?? []]], [form, order, lines]);
      assertEquals(member(source.document, "start"), start);
    });
  }
});

Deno.test("readSidecar() gives the component of each node", () => {
  const text = JSON.stringify({ nodes: { a: { component_id: "x.y", digest: "z" }, b: {}, c: 1 } });
  assertEquals([...readSidecar(text, "f.resolve.summary.json")], [["a", "x.y"]]);
  assertEquals([...readSidecar("[]", "f")], []);
});
