/** Each finding about a flow has the line of what is wrong, not only that of its node or document. */

import { assertEquals } from "@std/assert";
import { lintPack } from "../mod.ts";
import { MINIMAL, sources } from "./_sources.ts";

/** A flow of two nodes from line 6 on, with other text in the place of some of its own. */
function flow(...changes: readonly [from: string, to: string][]): string {
  const text = `id: main
title: two nodes
type: messaging
start: a
nodes:
  a:
    emit.one: {}
    routing:
      - status: error
        to: b
      - to: b
  b:
    emit.two: {}
`;
  return changes.reduce((changed, [from, to]) => changed.replace(from, to), text);
}

Deno.test("lintPack() finds the line of what is wrong", async (t) => {
  const table: [name: string, file: string, text: string, findings: [message: RegExp, line: number][]][] = [
    ["a start that is absent", "main.ygtc", flow(["start: a", "start: gone"]), [
      [/^node gone not found/, 4],
    ]],
    ["an entrypoint that is absent", "main.ygtc", flow(["start: a", "entrypoints:\n  other: gone"]), [
      [/^Entrypoint "other"/, 5],
    ]],
    [
      "a default entrypoint that is absent",
      "main.ygtc",
      flow(["start: a", "entrypoints:\n  default: gone"]),
      [[/^node gone not found/, 5]],
    ],
    ["an unknown kind", "main.ygtc", flow(["messaging", "stream"]), [[/kind `stream`/, 3], [/"stream"/, 3]]],
    [
      "an id that is none",
      "main.ygtc",
      flow(["  b:\n", "  b c:\n"], ["to: b\n", 'to: "b c"\n'], ["to: b", 'to: "b c"']),
      [
        [/^The node id "b c"/, 12],
      ],
    ],
    [
      "a target of one of two routes",
      "main.ygtc",
      flow(["to: b\n      - to: b", "to: b\n      - to: gone"]),
      [
        [/^Missing node 'gone'/, 11],
      ],
    ],
    ["a target called as a status", "main.ygtc", flow(["to: b", "to: error"]), [[
      /^Missing node 'error'/,
      10,
    ]]],
    [
      "a target in a compiled flow",
      "main.json",
      `{"id": "main", "type": "job", "nodes": [
{"id": "a", "component": {"id": "emit.x"}, "routing":
  {"next":
    {"node_id": "gone"}}}]}`,
      [[/^Missing node 'gone'/, 4]],
    ],
    ["JSON that is none", "main.json", '{"id": "main",\n "type": "job"\n "nodes": {}}', [
      [/it is no JSON: expected a comma or } and found a string$/, 3],
    ]],
  ];
  for (const [name, file, text, expected] of table) {
    await t.step(name, async () => {
      await using folder = await sources({ "pack.yaml": MINIMAL, [`flows/${file}`]: text });
      const { findings } = await lintPack(folder.path);
      const found = findings.map(({ message, place = "" }) =>
        [message, Number(/:(\d+)/.exec(place)?.[1])] as const
      );
      assertEquals(
        found.map(([message, line]) =>
          expected.some(([one, at]) => one.test(message) && at === line) ? "" : [message, line]
        ),
        found.map(() => ""),
      );
      assertEquals(found.length, expected.length, JSON.stringify(found));
    });
  }
});
