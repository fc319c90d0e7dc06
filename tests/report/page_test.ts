/** The page of a report: what it carries, what it allows, and what it keeps inert. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { readRunFiles } from "../../lib/record/run_files.ts";
import { reportModel } from "../../lib/report/model.ts";
import { REPORT_MARK, reportPage } from "../../lib/report/page.ts";
import { STYLE } from "../../lib/report/style.ts";
import { VIEWER_CODE } from "../../lib/report/viewer_code.ts";
import { tempFolder } from "../_helpers.ts";
import { NASTY, writeHostileRun } from "./_hostile.ts";

/** The page of the hostile run. */
async function hostilePage(): Promise<string> {
  await using temp = await tempFolder();
  await writeHostileRun(temp.path);
  return await reportPage(reportModel(await readRunFiles(temp.path)));
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(bytes).toBase64()}`;
}

Deno.test("reportPage() has four elements of text, and nothing of a run outside of its two of data", async () => {
  const page = await hostilePage();
  assert(page.startsWith(REPORT_MARK));
  const outside = page.replace(
    /(<script type="application\/json" id="report-(?:document|values)">)[^<]*(<\/script>)/g,
    "$1$2",
  );
  assertEquals([...page.matchAll(/<script\b/g)].length, 3);
  assertEquals([...page.matchAll(/<style\b/g)].length, 1);
  assertEquals([...page.matchAll(/<\/script/g)].length, 3);
  // What stands there is the same for every run.
  const empty = { values: [], document: { ...reportModel(await filesOfNothing()).document } };
  const other = (await reportPage(empty)).replace(/(id="report-document">)[^<]*/, "$1");
  assertEquals(outside, other);
  assert(!page.includes("\u2028") && !page.includes("\u0000") && !page.includes("<img"));
});

async function filesOfNothing() {
  await using temp = await tempFolder();
  await Deno.writeTextFile(`${temp.path}/transcript.jsonl`, `{"phase":"run"}\n`);
  return await readRunFiles(temp.path);
}

Deno.test("reportPage() writes data that a parser of JSON reads as they were", async () => {
  const page = await hostilePage();
  const [, json] = /id="report-values">([^<]*)</.exec(page)!;
  const values = json!.split("\n").map((line) => JSON.parse(line));
  const found = values.find((value) =>
    typeof value === "object" && value !== null && Object.hasOwn(value, "<b>")
  );
  assertEquals(found["<b>"], NASTY);
});

Deno.test("reportPage() allows its own style and script, and nothing else", async () => {
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(await hostilePage())!;
  assertEquals(policy!.split("; "), [
    "default-src 'none'",
    `script-src '${await digest(VIEWER_CODE)}'`,
    `style-src '${await digest(STYLE)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
});

Deno.test("what every report carries is small, and names nothing to fetch", () => {
  assert(new TextEncoder().encode(VIEWER_CODE).length < 60_000);
  assert(!/https?:\/\/(?!www\.w3\.org\/2000\/svg)/.test(VIEWER_CODE + STYLE));
  assertMatch(STYLE, /prefers-color-scheme|color-scheme: light dark/);
  assert(!/@import|url\(/.test(STYLE));
});

/** The contrast of two colours, as WCAG 2 counts it. */
function contrast(a: string, b: string): number {
  const [dark, light] = [a, b].map((colour) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const value = parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  }).sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

Deno.test("STYLE has colours that can be read: 4.5 to 1 for texts on every ground, in light and dark", () => {
  const colours = new Map(
    [...STYLE.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)].map((
      [, name, light, dark],
    ) => [name, [light!, dark!]]),
  );
  const grounds = ["ground", "surface", "raised", "accent-soft"], texts = ["text", "quiet", "accent"];
  const pairs = [
    ...grounds.flatMap((ground) => texts.map((text) => [text, ground])),
    // What a value got and lost, with its sign.
    ...["ok", "bad"].flatMap((sign) => [sign, "text", "quiet"].map((text) => [text, `${sign}-soft`])),
    ...["ok", "bad", "warn"].flatMap((text) => ["ground", "surface"].map((ground) => [text, ground])),
  ];
  for (const [text, ground] of pairs) {
    for (const mode of [0, 1]) {
      const ratio = contrast(colours.get(text!)![mode]!, colours.get(ground!)![mode]!);
      assert(ratio >= 4.5, `${text} on ${ground} in ${mode === 0 ? "light" : "dark"}: ${ratio.toFixed(2)}`);
    }
  }
});
