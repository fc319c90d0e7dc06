/** How output may look, from what is known of the process. */

import { assertEquals } from "@std/assert";
import { type TerminalFacts, terminalOf } from "../../lib/cli/terminal.ts";

const FACTS: TerminalFacts = {
  stdout: true,
  stderr: true,
  noColor: false,
  windows: false,
  variable: () => undefined,
  columns: () => 120,
};

/** A terminal with variables of the environment. */
function set(variables: Readonly<Record<string, string>>, more: Partial<TerminalFacts> = {}): TerminalFacts {
  return { ...FACTS, variable: (name) => variables[name], ...more };
}

Deno.test("terminalOf() allows colours and a live line where they can be shown and are wanted", async (t) => {
  const pipe = { stderr: false };
  const table: [name: string, facts: TerminalFacts, colour: boolean, live: boolean][] = [
    ["a terminal", FACTS, true, true],
    ["a pipe", { ...FACTS, ...pipe }, false, false],
    ["NO_COLOR", { ...FACTS, noColor: true }, false, true],
    ["TERM=dumb", set({ TERM: "dumb" }), false, false],
    ["CI", set({ CI: "true" }), true, false],
    ["CI of another value", set({ CI: "woodpecker" }), true, false],
    ["no CI", set({ CI: "false" }), true, true],
    ["CI that is empty", set({ CI: "" }), true, true],
    ["GitHub", set({ GITHUB_ACTIONS: "true" }), true, false],
    ["FORCE_COLOR on a pipe", set({ FORCE_COLOR: "1" }, pipe), true, false],
    ["FORCE_COLOR=0 on a pipe", set({ FORCE_COLOR: "0" }, pipe), false, false],
    ["NO_COLOR and FORCE_COLOR", set({ FORCE_COLOR: "1" }, { noColor: true }), false, true],
  ];
  for (const [name, facts, colour, live] of table) {
    await t.step(name, () => {
      const terminal = terminalOf(facts);
      assertEquals([terminal.colour, terminal.live], [colour, live]);
    });
  }
});

Deno.test("terminalOf() knows the columns of either stream, now", () => {
  let columns: number | undefined = 100;
  const { talkColumns, dataColumns } = terminalOf({ ...FACTS, stdout: false, columns: () => columns });
  assertEquals([talkColumns(), dataColumns()], [100, Infinity]);
  columns = 40;
  assertEquals(talkColumns(), 40, "the window became narrower");
  columns = undefined;
  assertEquals(talkColumns(), 80, "nobody knows");
  columns = 0;
  assertEquals(talkColumns(), 80, "nobody set it");
});

Deno.test("terminalOf() expects Unicode unless it is told otherwise", async (t) => {
  const windows = { windows: true };
  const table: [name: string, facts: TerminalFacts, unicode: boolean][] = [
    ["nothing said", FACTS, true],
    ["a locale in UTF-8", set({ LANG: "de_DE.UTF-8" }), true],
    ["written otherwise", set({ LC_CTYPE: "C.utf8" }), true],
    ["another encoding", set({ LANG: "de_DE.ISO-8859-1" }), false],
    ["the plain locale", set({ LANG: "C" }), false],
    ["all above one", set({ LC_ALL: "C", LANG: "de_DE.UTF-8" }), false],
    ["one above the language", set({ LC_CTYPE: "C.UTF-8", LANG: "C" }), true],
    ["the older console of Windows", { ...FACTS, ...windows }, false],
    ["the newer one", set({ WT_SESSION: "1" }, windows), true],
    ["a terminal in an editor", set({ TERM_PROGRAM: "vscode" }, windows), true],
  ];
  for (const [name, facts, unicode] of table) {
    await t.step(name, () => assertEquals(terminalOf(facts).unicode, unicode));
  }
});
