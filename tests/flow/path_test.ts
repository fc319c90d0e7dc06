import { assertEquals } from "@std/assert";
import { fieldPath, lookupPath, nearestHint, parsePath, parsePointer } from "../../lib/flow/path.ts";

Deno.test("parsePath() reads one well-formed path and refuses all else", async (t) => {
  const table: [string, string[] | undefined][] = [
    ["entry", ["entry"]],
    ["entry.a.b", ["entry", "a", "b"]],
    ["node.a.items[1]", ["node", "a", "items", "1"]],
    ["node.a.items.1", ["node", "a", "items", "1"]],
    ['a["k v"].b', ["a", "k v", "b"]],
    ["a['x.y']", ["a", "x.y"]],
    ["a.[k]", ["a", "k"]],
    ["this", []],
    ["this.a", ["a"]],
    ["a-b.c_d", ["a-b", "c_d"]],
    ["", undefined],
    [".", undefined],
    ["a.", undefined],
    ["a..b", undefined],
    ["[0]", undefined],
    ["a[", undefined],
    ["#if a", undefined],
    ["a b", undefined],
    ["a}} {{b", undefined],
    ["@root.a", undefined],
    ["../a", undefined],
    ["~a~", undefined],
    ["! c", undefined],
  ];
  for (const [text, expected] of table) {
    await t.step(JSON.stringify(text), () => assertEquals(parsePath(text), expected));
  }
});

Deno.test("lookupPath() finds own members and elements only", () => {
  const root = JSON.parse('{"a":{"__proto__":1,"n":null},"l":[1,2],"1":"one"}');
  const find = (text: string) => lookupPath(root, parsePath(text) ?? ["?"]);
  assertEquals(find("a.__proto__"), { found: true, value: 1 });
  assertEquals(find("a.n"), { found: true, value: null });
  assertEquals(find("l[1]"), { found: true, value: 2 });
  for (const missing of ["a.constructor", "l.length", "l[2]", "l[-1]", "l.01", "a.n.x", "toString"]) {
    assertEquals(find(missing).found, false, missing);
  }
  assertEquals(lookupPath(root, ["1"]), { found: true, value: "one" });
});

Deno.test("parsePointer() undoes the escapes of pointers", () => {
  assertEquals(parsePointer("/a~1b/~0c/~01"), ["a/b", "~c", "~1"]);
  assertEquals(parsePointer("/"), [""]);
});

Deno.test("nearestHint() tells what the nearest existing path holds", () => {
  const root = { a: { z: 1, y: 2 }, s: "text", l: [1] };
  const hint = (segments: string[]) => nearestHint(segments, lookupPath(root, segments));
  assertEquals(hint(["a", "x", "q"]), 'The nearest existing path "a" has y, z');
  assertEquals(hint(["no"]), "The context has a, l, s");
  assertEquals(hint(["s", "x"]), 'The nearest existing path "s" is a string');
  assertEquals(hint(["l", "4"]), 'The nearest existing path "l" is a list of 1');
});

Deno.test("fieldPath() quotes the keys that need it", () => {
  assertEquals(fieldPath(["items", 0, "a b", "c"]), '$.items[0]["a b"].c');
  assertEquals(fieldPath([]), "$");
});
