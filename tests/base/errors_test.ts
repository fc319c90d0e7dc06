/** The error of this library and the messages behind it. */

import { assert, assertEquals } from "@std/assert";
import { messageChain, messageOf, RunnerError, usualHint, withTexts } from "../../lib/base/errors.ts";

Deno.test("RunnerError carries what it was given and nothing else", () => {
  const cause = new Error("deep");
  const full = new RunnerError("pack.not_zip", "No archive", { hint: "Look", place: "a.gtpack", cause });
  assert(full instanceof Error);
  assertEquals([full.name, full.message, full.code], ["RunnerError", "No archive", "pack.not_zip"]);
  assertEquals([full.hint, full.place, full.cause], ["Look", "a.gtpack", cause]);
  const bare = new RunnerError("usage", "Wrong");
  assertEquals([bare.hint, bare.place, Object.hasOwn(bare, "cause")], [undefined, undefined, false]);
});

Deno.test("RunnerError has the usual hint of its code where none is given", () => {
  assertEquals(new RunnerError("pack.corrupt.header", "Damaged").hint, "Fetch or build the pack again");
  assertEquals(new RunnerError("pack.corrupt.header", "Damaged", { hint: "Look" }).hint, "Look");
});

/** Codes whose throwers know better: limits name their option, the others what they found or want. */
const HINTED_WHERE_THROWN = [
  ...["archive", "entry", "entries", "ratio", "document"].map((what) => `pack.limit.${what}`),
  ...["link", "file_type", "encryption", "method"].map((what) => `pack.unsupported.${what}`),
  ...["manifest.missing", "manifest.newer", "verify.policy"],
];
/** Codes of verdicts that only the policy refuses, as verify.policy. */
const WAIVABLE = [
  ...["no_sbom", "unsigned", "untrusted", "component_unpinned"].map((what) => `verify.${what}`),
  ...["expired", "not_yet_valid", "issuer"].map((what) => `verify.certificate.${what}`),
];

Deno.test("usualHint() has one for every code by which packs are refused and whose throwers give none", async () => {
  const source = await Deno.readTextFile(new URL("../../lib/base/errors.ts", import.meta.url));
  const codes = Array.from(
    source.matchAll(/^ {2}\| "((?:pack|manifest|verify)\.[a-z_.]+)"/gm),
    ([, code]) => code!,
  );
  assert(codes.includes("verify.extra_file") && codes.includes("pack.not_found"), codes.join());
  const without = codes.filter((code) => usualHint(code) === undefined);
  assertEquals(without.toSorted(), [...HINTED_WHERE_THROWN, ...WAIVABLE].sort());
});

Deno.test("messageChain() goes from the outermost error to the innermost cause", async (t) => {
  const circle = new Error("round");
  circle.cause = circle;
  const table: [name: string, error: unknown, chain: string[]][] = [
    ["one", new Error("a"), ["a"]],
    ["three", new Error("a", { cause: new TypeError("b", { cause: "c" }) }), ["a", "b", "c"]],
    ["no error", 7, ["7"]],
    ["an end that is null", new Error("a", { cause: null }), ["a"]],
    ["nothing", undefined, []],
    ["a circle", circle, Array.from({ length: 16 }, () => "round")],
  ];
  for (const [name, error, chain] of table) {
    await t.step(name, () => assertEquals(messageChain(error), chain));
  }
});

Deno.test("messageOf() takes whatever was thrown", () => {
  assertEquals([messageOf(new Error("a")), messageOf("b"), messageOf(null)], ["a", "b", "null"]);
});

Deno.test("withTexts() changes every text of an error, and gives back one in which nothing changes", () => {
  const cause = new Error("outer s3", { cause: new Error("inner s3") });
  const error = new RunnerError("flow.not_found", "flow s3 not found", {
    hint: "Name s3",
    place: "s3.gtpack",
    rows: ["row s3", "row"],
    cause,
  });
  const changed = withTexts(error, (text) => text.replace("s3", "-"));
  assertEquals([changed.code, ...messageChain(changed)], [
    "flow.not_found",
    "flow - not found",
    "outer -",
    "inner -",
  ]);
  assertEquals([changed.hint, changed.place, changed.rows], ["Name -", "-.gtpack", ["row -", "row"]]);
  assertEquals(withTexts(error, (text) => text), error);
});
