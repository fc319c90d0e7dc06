/** Lines of talk as a terminal is to show them. */

import { assert, assertEquals } from "@std/assert";
import { painted } from "../../lib/cli/paint.ts";
import { NO_TERMINAL } from "../../lib/cli/terminal.ts";
import { columnsOf } from "../../lib/cli/width.ts";
import { terminal } from "./_terminals.ts";

const LINES = [
  "verified  sbom.cbor: 5 files match",
  "untrusted signatures/pack.sig: nobody vouched for the key",
  "ok        greet  greet  6 ms",
  "error     fail  fails (attempt 2)  12 ms: component fails failed: E_RETRY: demanded, try again",
  "refused   ask  http: Host is not allowed. Allow it with --allow https://example.com",
  "warning   Cache cannot be used: it is a file (.greentic/cache)",
  "error[E_RETRY]: component fails failed (flow main node fail)",
  "flows/main.ygtc:3: error[flow.invalid]: Flow has no nodes",
  "  because: the component said so",
  "  hint: Add --allow-read=/home/ada/packs/demo.gtpack --allow-write=.greentic --ignore-env",
  "failure: flow main, 2 nodes, 12 ms",
  "success: flow main, 2 nodes, 12 ms",
  "record: /home/ada/somewhere/that/is/deep/.greentic/runs/2026-01-01T12-00-00Z_3f2a1c",
  "what nobody knows stays as it is",
];
const TEXT = LINES.map((line) => `${line}\n`).join("");

Deno.test("painted() changes nothing without a terminal", () => {
  assertEquals(painted(TEXT, NO_TERMINAL), TEXT);
});

Deno.test("painted() colours the words that say how something went, and nothing else", () => {
  const text = painted(TEXT, terminal(200));
  // deno-lint-ignore no-control-regex
  assertEquals(text.replace(/\x1b\[[\d;]*m/g, ""), TEXT);
  const shown = text.split("\n").map((line) => line.replaceAll("\x1b[0m", "<>").replaceAll("\x1b[", "<"));
  assertEquals(shown.map((line) => line.slice(0, 40)), [
    "<32mverified<>  sbom.cbor: 5 files match",
    "<33muntrusted<> signatures/pack.sig: nob",
    "<32mok<>        greet  greet  6 ms",
    "<31merror<>     fail  fails (attempt 2) ",
    "<31mrefused<>   ask  http: Host is not a",
    "<33mwarning<>   Cache cannot be used: it",
    "<1;31merror[E_RETRY]:<> component fails ",
    "<1;31mflows/main.ygtc:3: error[flow.inva",
    "<2m  because:<> the component said so",
    "<2m  hint: Add --allow-read=/home/ada/pa",
    "<1;31mfailure:<> flow main, 2 nodes, 12 ",
    "<32msuccess:<> flow main, 2 nodes, 12 ms",
    "<2mrecord: /home/ada/somewhere/that/is/d",
    "what nobody knows stays as it is",
    "",
  ]);
});

Deno.test("painted() hangs long lines under their text, and keeps whole what is there to be pasted", () => {
  const plain = terminal(40, { colour: false });
  assertEquals(
    painted(`${LINES[3]}\n${LINES[6]}\n`, plain).split("\n"),
    [
      "error     fail  fails (attempt 2)",
      "          12 ms: component fails failed:",
      "          E_RETRY: demanded, try again",
      "error[E_RETRY]: component fails failed",
      "    (flow main node fail)",
      "",
    ],
  );
  const pasted = LINES.filter((line) => /^ {2}hint|^record/.test(line));
  for (const line of pasted) assertEquals(painted(line, plain), line);
});

Deno.test("painted() is never wider than its terminal but for what must stay whole", () => {
  const words = "one two three four five six seven eight nine ten eleven twelve";
  for (let columns = 30; columns < 80; columns++) {
    const lines = painted(
      `ok        ${words}\nerror[a.b]: ${words}\n${words}`,
      terminal(columns, { colour: false }),
    );
    assert(lines.split("\n").every((line) => columnsOf(line) <= columns), `${columns}: ${lines}`);
  }
});
