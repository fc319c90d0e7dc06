/** The items of the timeline, and which are shown. */

import { assertEquals } from "@std/assert";
import { reportModel } from "../../../lib/report/model.ts";
import { Data } from "../../../lib/report/viewer/data.ts";
import { shownItems } from "../../../lib/report/viewer/items.ts";
import { matchesOf, type Wish } from "../../../lib/report/viewer/search.ts";
import { filesOf, Script } from "../_lines.ts";

/** A flow of two nodes: the first calls the host and says something, the second fails. */
function data(): Data {
  const script = new Script().run();
  const place = script.start("ask", { payload: { quote: 'say "hi" <b>' } });
  const call = { place, hostCallId: "h1", component: "host::http", operation: "x:y/http@1#send" };
  script.line({ ...call, phase: "host", status: "call", inputs: { url: "https://a.test/" } });
  script.line({
    ...call,
    phase: "host",
    status: "ok",
    inputs: { provider: "mock" },
    outputs: { status: 200 },
  });
  script.end(place, { Answer: "Grün" });
  script.fail(script.start("break"), "it broke");
  const { document, values } = reportModel(filesOf(script));
  return new Data(JSON.stringify(document), values.join("\n").replaceAll("<", "\\u003c"));
}

const ALL: Wish = { query: "", kinds: new Set(), statuses: new Set() };

/** The names of the items that match, those above them in brackets. */
function found(wish: Partial<Wish>): string[] {
  const given = data(), matches = matchesOf(given, { ...ALL, ...wish });
  return shownItems(given.items, { folded: new Set(), matches }).map((number) => {
    const { name } = given.items[number]!;
    return matches === null || matches[number] === 1 ? name : `(${name})`;
  });
}

Deno.test("itemsOf() knows how deep items stand and where what is below them ends", () => {
  assertEquals(data().items.map(({ name, depth, last }) => [name, depth, last]), [
    ["main", 0, 3],
    ["ask", 1, 2],
    ["http.send", 2, 2],
    ["break", 1, 3],
  ]);
});

Deno.test("shownItems() leaves out what is folded away, unless it is looked for", () => {
  const { items } = data();
  assertEquals(shownItems(items, { folded: new Set([1]), matches: null }), [0, 1, 3]);
  assertEquals(shownItems(items, { folded: new Set([0]), matches: null }), [0]);
  assertEquals(shownItems(items, { folded: new Set([0, 1]), matches: Uint8Array.of(0, 0, 1, 0) }), [0, 1, 2]);
});

Deno.test("matchesOf() finds names, kinds, components, values and what is said of them", async (t) => {
  const table: [query: string, found: string[]][] = [
    ["", ["main", "ask", "http.send", "break"]],
    ["ASK", ["(main)", "ask"]],
    ["a.test", ["(main)", "(ask)", "http.send"]],
    ["mock", ["(main)", "(ask)", "http.send"]],
    ['"hi" <b>', ["(main)", "ask"]],
    ["grün answer", ["(main)", "ask"]],
    ["it broke", ["(main)", "break"]],
    ["call", ["(main)", "(ask)", "http.send"]],
    ["200 nowhere", []],
    ["nowhere", []],
  ];
  for (const [query, expected] of table) {
    await t.step(query, () => assertEquals(found({ query }), expected));
  }
});

Deno.test("matchesOf() narrows by kind and status together", () => {
  assertEquals(found({ kinds: new Set(["call"]) }), ["(main)", "(ask)", "http.send"]);
  assertEquals(found({ kinds: new Set(["node"]), statuses: new Set(["error"]) }), ["(main)", "break"]);
  assertEquals(found({ query: "nowhere", kinds: new Set(["node"]) }), []);
});
