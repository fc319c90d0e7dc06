import { assertEquals } from "@std/assert";
import { canonicalKey, SecretTable, textEntry } from "../../../lib/host/secrets/source.ts";
import { bytes } from "../_helpers.ts";

Deno.test("canonicalKey() spells keys as stores do", async (t) => {
  const cases = [["API_KEY", "api_key"], [" Api-Key.1 ", "api_key_1"], ["é", "_"], ["", ""], [
    "a/b:c",
    "a_b_c",
  ]];
  for (const [key, canonical] of cases) await t.step(key!, () => assertEquals(canonicalKey(key!), canonical));
});

Deno.test("SecretTable finds a name as spelled, then as stores spell it", async (t) => {
  const table = new SecretTable("file", [
    textEntry("TOKEN", "upper"),
    textEntry("token", "lower"),
    textEntry("Telegram-Bot.Token", "bot"),
    textEntry("é", "signs"),
    textEntry("constructor", "c"),
  ]);
  const cases: [string, string | undefined][] = [
    ["TOKEN", "upper"],
    ["token", "lower"],
    ["Token", "lower"],
    ["telegram_bot_token", "bot"],
    ["TELEGRAM-BOT-TOKEN", "bot"],
    ["é", "signs"],
    ["ü", undefined],
    ["", undefined],
    ["constructor", "c"],
    ["__proto__", undefined],
    ["toString", undefined],
  ];
  for (const [key, text] of cases) {
    await t.step(key, () => {
      const found = text === undefined ? undefined : { value: bytes(text), source: "file" as const };
      assertEquals(table.find(key), found);
    });
  }
});

Deno.test("SecretTable takes the last secret of a name", () => {
  const table = new SecretTable("map", [textEntry("a", "1"), textEntry("a", "2")]);
  table.set(textEntry("b", "3"));
  assertEquals([table.find("a")?.value, table.find("B")?.value], [bytes("2"), bytes("3")]);
  assertEquals([...table.entries()].map(({ name }) => name), ["a", "b"]);
});
