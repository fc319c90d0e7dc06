import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { secretForms, secretSpellings } from "../../lib/record/secret_forms.ts";

Deno.test("secretSpellings() has one place for each kind, whatever the value", () => {
  const kinds = secretSpellings("a value that has room").length;
  const value = fc.string({ unit: "binary", minLength: 4 }).filter((text) => text.trim().length >= 4);
  fc.assert(fc.property(value, (text) => {
    const spellings = secretSpellings(text);
    assertEquals(spellings.length, kinds);
    assertEquals(spellings[0]?.text, text.toWellFormed());
    assertEquals(
      new Set(secretForms(text)),
      new Set(spellings.flatMap((spelling) => spelling?.text ?? [])),
    );
  }));
  assertEquals(secretSpellings("abc"), []);
});

Deno.test("secretSpellings() tells what pieces of base64 text share with the signs around them", () => {
  const value = "correct-horse";
  for (const [before, after] of [["", "xyz"], ["u", "yz"], ["uv", "z"], ["uvw", ""]] as const) {
    const text = btoa(`${before}${value}${after}`);
    const core = secretSpellings(value).find((spelling) => spelling?.edges && text.includes(spelling.text));
    const { alphabet = "", before: left, after: right } = core?.edges ?? { before: null, after: null };
    const start = text.indexOf(core?.text ?? "?"), end = start + (core?.text.length ?? 0);
    for (const [edge, sign] of [[left, text.charAt(start - 1)], [right, text.charAt(end)]] as const) {
      if (edge !== null) assertEquals(alphabet.indexOf(sign) & edge.mask, edge.bits);
    }
    assert(before.length % 3 === 0 ? left === null : left !== null);
  }
});
