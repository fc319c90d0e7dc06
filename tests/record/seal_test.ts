import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { WitValue } from "../../lib/base/call.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { witToJson } from "../../lib/base/wit_json.ts";
import { Seal } from "../../lib/record/seal.ts";
import { secretForms, secretSpellings } from "../../lib/record/secret_forms.ts";
import { standIn } from "../../lib/record/stand_in.ts";

const SECRET = 'pa/ss+"w=rd é';

function sealOf(secrets: Readonly<Record<string, string | Uint8Array>>): Seal {
  const seal = new Seal();
  for (const [name, value] of Object.entries(secrets)) seal.add(name, value);
  return seal;
}

Deno.test("seal() names the secret and how it is spelled", async (t) => {
  const seal = sealOf({ TOKEN: "hunter22", "a (b), c#2": "abcdefgh" });
  const vectors: [string, string][] = [
    ["nothing", "nothing"],
    ["Bearer hunter22!", "Bearer __SECRET(TOKEN,0)__!"],
    ["hunter2", "hunter2"],
    [btoa("hunter22"), "__SECRET(TOKEN,1)__"],
    ["abcdefgh", "__SECRET(a%20%28b%29%2C%20c%232,0)__"],
    ["__SECRET(TOKEN,0)__", "__SECRET()__TOKEN,0)__"],
    [JSON.stringify({ a: "hunter22" }), '{"a":"__SECRET(TOKEN,0)__"}'],
  ];
  for (const [text, sealed] of vectors) {
    await t.step(text, () => {
      assertEquals(seal.seal(text), sealed);
      assertEquals(seal.unseal(sealed), text);
    });
  }
});

Deno.test("seal() takes the longest of those that begin at a place, and what is left of one that overlaps", () => {
  const seal = sealOf({ A: "abcd", B: "bcdefghi", C: "abcdef" });
  assertEquals(seal.seal("abcdefghij"), "__SECRET(C,0)____SECRET(B,0+5)__j");
  assertEquals(seal.unseal(seal.seal("abcdefghij")), "abcdefghij");
  const across = sealOf({ A: "abcd", B: "efgh", C: "cdefghij" });
  assertEquals(across.seal("abcdefghij"), "__SECRET(A,0)____SECRET(B,0)____SECRET(C,0+6)__");
  const periodic = sealOf({ A: "aaaa" });
  assertEquals(periodic.seal("aaaaaaaaaa"), "__SECRET(A,0)____SECRET(A,0)____SECRET(A,0+2)__");
});

Deno.test("seal() takes in the signs at the edges of a longer base64 text, so that another value fits there", async (t) => {
  const [mine, other] = [sealOf({ PASSWORD: "correct-horse" }), sealOf({ PASSWORD: "0123456789abc" })];
  for (const user of ["", "a", "ab", "abc"]) {
    for (const rest of ["", "!", "!!"]) {
      await t.step(`${user}:PASSWORD${rest}`, () => {
        const sealed = mine.seal(`Basic ${btoa(`${user}:correct-horse${rest}`)}`);
        assertEquals(mine.unseal(sealed), `Basic ${btoa(`${user}:correct-horse${rest}`)}`);
        assertEquals(other.unseal(sealed), `Basic ${btoa(`${user}:0123456789abc${rest}`)}`);
        assertEquals(other.seal(other.unseal(sealed)), sealed);
      });
    }
  }
});

Deno.test("add() passes over short and known values, and keeps several of one name apart", () => {
  const seal = new Seal();
  assertEquals(seal.add("A", "abc"), null);
  assertEquals(seal.add("A", "abcd"), { name: "A", length: 4 });
  assertEquals(seal.add("A", "abcd"), null);
  assertEquals(seal.add("A", "efghi"), { name: "A", length: 5 });
  assertEquals(seal.known, [{ name: "A", length: 4 }, { name: "A", length: 5 }]);
  assertEquals(seal.seal("abc abcd efghi"), "abc __SECRET(A,0)__ __SECRET(A#2,0)__");
});

Deno.test("unseal() names a secret that it does not know, unless its port does", () => {
  const sealed = sealOf({ "A B": "abcd", "A": "efgh" }).seal("abcd efgh");
  const error = assertThrows(() => new Seal().unseal(sealed), RunnerError) as RunnerError;
  assertEquals([error.code, error.message], ["secret.missing", 'Secret "A B" is not known here']);
  assertEquals(
    assertThrows(() => new Seal().unseal("__SECRET(%zz,0)__"), RunnerError).message,
    'Secret "%zz" is not known here',
  );
  assertEquals(new Seal((name, nth) => `${name}.${nth}`).unseal(sealed), "A B.1 A.1");
});

Deno.test("sealValue() seals texts, keys, bytes of any kind and numbers", () => {
  const raw = new Uint8Array([0xff, 1, 2, 0xfe, 9]);
  const seal = sealOf({ A: SECRET, PIN: "1234567", RAW: raw });
  const value = {
    [SECRET]: [SECRET, 1234567, 1234567n, 12345678, 7n],
    text: new TextEncoder().encode(`<${SECRET}>`),
    other: new Uint8Array([0xff, ...new TextEncoder().encode(SECRET), 0x80]),
    raw: new Uint8Array([1, ...raw, 1]),
    wrapped: raw.toBase64(),
  };
  assertEquals(witToJson(seal.sealValue(value)), {
    "__SECRET(A,0)__": ["__SECRET(A,0)__", "__SECRET(PIN,n)__", "__SECRET(PIN,i)__", 12345678, { $int: "7" }],
    text: { $text: "<__SECRET(A,0)__>" },
    other: {
      $bytes: new Uint8Array([0xff, ...new TextEncoder().encode("__SECRET(A,0)__"), 0x80]).toBase64(),
    },
    raw: { $text: "\x01__SECRET(RAW,0)__\x01" },
    wrapped: "__SECRET(RAW,1)__",
  });
  assertEquals(seal.unsealValue(seal.sealValue(value)), value);
});

Deno.test("unsealValue() puts a number in the place of one, whatever the secret is now", () => {
  const sealed = sealOf({ PIN: "1234567" }).sealValue([1234567, 1234567n]);
  assertEquals(sealOf({ PIN: "7654321" }).unsealValue(sealed), [7654321, 7654321n]);
  assertEquals(sealOf({ PIN: "abcdefg" }).unsealValue(sealed), [0, 0n]);
});

/** Pieces that meet in odd ways. */
const PIECES = [
  "__SECRET(",
  ")__",
  "__SEC",
  "A",
  ",0",
  "_",
  "é",
  '"',
  "/",
  "%",
  " ",
  "\ufeff",
  "\u0000",
  "ab",
  "=",
];

function anySecret(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ minLength: 4, maxLength: 12 }),
    fc.string({ unit: fc.constantFrom("a", "b"), minLength: 4, maxLength: 8 }),
    fc.array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 5 }).map((pieces) => pieces.join("")),
  );
}

/** Secrets, and a text that is made of their spellings and of what stands between. */
function anySealed(): fc.Arbitrary<{ secrets: string[]; text: string }> {
  return fc.array(anySecret(), { minLength: 1, maxLength: 3 }).chain((secrets) => {
    const forms = secrets.flatMap((secret) => secretForms(secret));
    const wrapped = secrets.map((secret) => btoa(encodeURIComponent(`u${secret}v`)));
    const piece = fc.oneof(fc.constantFrom(...PIECES, ...forms, ...wrapped), fc.string({ maxLength: 4 }));
    return fc.array(piece, { maxLength: 12 }).map((pieces) => ({ secrets, text: pieces.join("") }));
  });
}

Deno.test("unseal() gives back every text that seal() was given, and every value", () => {
  fc.assert(
    fc.property(anySealed(), fc.uint8Array(), ({ secrets, text }, noise) => {
      const seal = new Seal();
      for (const [i, secret] of secrets.entries()) seal.add(`A${i % 2}`, secret);
      assertEquals(seal.unseal(seal.seal(text)), text);
      const bytes = new TextEncoder().encode(text.toWellFormed());
      const value: WitValue = { [text]: [text, bytes], b: new Uint8Array([...noise, ...bytes, 0xff]) };
      assertEquals(seal.unsealValue(seal.sealValue(value)), value);
    }),
    { numRuns: 500 },
  );
});

Deno.test("seal() leaves no spelling of a secret", () => {
  // Signs that no marker has, so that none can come about by accident.
  const secret = fc.string({ unit: fc.constantFrom(...'xyz/+é"!'), minLength: 5, maxLength: 9 });
  const text = fc.array(secret, { minLength: 1, maxLength: 3 }).chain((secrets) =>
    fc.array(
      fc.oneof(
        fc.constantFrom(...secrets.flatMap((one) => secretForms(one))),
        fc.string({ unit: fc.constantFrom(...'xyz/+é"!'), maxLength: 3 }),
      ),
      { maxLength: 10 },
    ).map((pieces) => ({ secrets, text: pieces.join("") }))
  );
  fc.assert(fc.property(text, ({ secrets, text }) => {
    const seal = new Seal();
    for (const secret of secrets) seal.add("N", secret);
    const sealed = seal.seal(text);
    for (const form of secrets.flatMap((one) => secretForms(one))) assert(!sealed.includes(form), form);
  }));
});

Deno.test("seal() is the same for stand-ins of the same lengths, in every spelling", () => {
  fc.assert(fc.property(anySecret(), (secret) => {
    const [mine, other] = [sealOf({ A: secret }), sealOf({ A: standIn("A", secret.length) })];
    for (const [kind, spelling] of secretSpellings(secret).entries()) {
      if (spelling === null) continue;
      const sealed = mine.seal(spelling.text);
      const text = other.unseal(sealed);
      assertEquals(other.unseal(other.seal(text)), text, `${kind}`);
      assert(!text.includes("__SECRET(") || secret.includes("__SECRET("), `${kind}: ${text}`);
    }
  }));
});

Deno.test("seal() is not slowed down by a text of secrets", () => {
  const seal = sealOf({ A: "aaaa", B: "hunter22" });
  for (const text of ["a".repeat(200_000), "hunter22".repeat(25_000), "hunter22 ".repeat(25_000)]) {
    assertEquals(seal.unseal(seal.seal(text)), text);
  }
});
