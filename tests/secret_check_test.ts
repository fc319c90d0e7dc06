import { assertEquals, assertThrows } from "@std/assert";
import type { JsonObject } from "../lib/base/json.ts";
import { RunnerError } from "../lib/base/errors.ts";
import { mockSecrets, type SecretSources } from "../lib/host/secrets/open.ts";
import { mapSource, SecretTable, textEntry } from "../lib/host/secrets/source.ts";
import type { PackComponent } from "../lib/pack/components.ts";
import type { SecretRequirement } from "../lib/pack/manifest.ts";
import { openPack } from "../lib/pack/open.ts";
import { type AskingPack, checkSecrets, secretStates } from "../lib/secret_check.ts";
import { packPath } from "./_helpers.ts";
import { DEVOK } from "./pack/_packs.ts";

const NOTHING: SecretSources = { mock: null, strict: false, sources: [] };

/** A component whose record asks for secrets; null: it has no record. */
function asking(id: string, required: readonly JsonObject[] | null): PackComponent {
  const record = required === null ? {} : { record: { capabilities: { host: { secrets: { required } } } } };
  return {
    id,
    origin: "pack",
    entry: `${id}.wasm`,
    ...record,
    bytes: () => Promise.resolve(new Uint8Array()),
  };
}

function packOf(secrets: readonly SecretRequirement[], ...components: PackComponent[]): AskingPack {
  return { secrets, components };
}

/** The keys for which a run is stopped that reaches these components. */
function blocking(pack: AskingPack, reached: readonly string[], sources = NOTHING): string[] {
  return secretStates(pack, new Set(reached), sources).filter((state) => state.blocking).map(({ key }) =>
    key
  );
}

const A = { key: "A", required: true }, B = { key: "B", required: true };

Deno.test("secretStates() stops a run for what its flow may come to need", async (t) => {
  const optional = { key: "A", required: false };
  const cases: [name: string, pack: AskingPack, reached: string[], keys: string[]][] = [
    ["the pack alone asks", packOf([A], asking("c", [])), ["c"], ["A"]],
    ["the pack alone asks, optionally", packOf([optional], asking("c", [])), ["c"], []],
    ["no component is reached", packOf([A], asking("c", [A])), [], []],
    ["a component asks that is reached", packOf([], asking("c", [A])), ["c"], ["A"]],
    ["a component asks that is not", packOf([], asking("c", [A]), asking("d", [B])), ["d"], ["B"]],
    [
      "the pack lists what a component asks that is not reached",
      packOf([A], asking("c", [A]), asking("d", [])),
      [
        "d",
      ],
      [],
    ],
    ["the same, and one is reached of which nobody knows", packOf([A], asking("c", [A]), asking("d", null)), [
      "d",
    ], [
      "A",
    ]],
    ["such a one, and the pack does not list it", packOf([], asking("c", [A]), asking("d", null)), ["d"], []],
    ["two components ask, one is reached", packOf([], asking("c", [A]), asking("d", [A])), ["d"], ["A"]],
    ["only the other one requires it", packOf([], asking("c", [optional]), asking("d", [A])), ["d"], ["A"]],
    ["only the one that is not reached requires it", packOf([], asking("c", [A]), asking("d", [optional])), [
      "d",
    ], []],
    ["the pack's word counts", packOf([optional], asking("c", [A])), ["c"], []],
    ["required unless it says otherwise", packOf([], asking("c", [{ key: "A" }])), ["c"], ["A"]],
    ["no key", packOf([], asking("c", [{ required: true }])), ["c"], []],
  ];
  for (const [name, pack, reached, keys] of cases) {
    await t.step(name, () => {
      assertEquals(blocking(pack, reached), keys);
      assertEquals(blocking(pack, reached, mockSecrets({ a: "x", b: "y" })), []);
    });
  }
});

Deno.test("secretStates() tells who asks and where each secret is", () => {
  const pack = packOf(
    [{ key: "MOCKED", required: true, description: "for the demo" }, { key: "GIVEN", required: false }],
    asking("c", [{ key: "FILED", description: "of c" }, { key: "GIVEN" }]),
    asking("d", [{ key: "FILED", required: false }, { key: "SET" }, { key: "NOWHERE", required: false }]),
  );
  const sources: SecretSources = {
    mock: mapSource({ mocked: "1" }),
    strict: false,
    sources: [
      mapSource({ Given: "1" }),
      new SecretTable("file", [textEntry("filed", "1")]),
      new SecretTable("environment", [textEntry("SET", "1")]),
    ],
  };
  const state = { blocking: false, required: true };
  assertEquals(secretStates(pack, new Set(["c", "d"]), sources), [
    { ...state, key: "MOCKED", description: "for the demo", askedBy: [], found: "mock" },
    { ...state, key: "GIVEN", required: false, askedBy: ["c"], found: "map" },
    { ...state, key: "FILED", description: "of c", askedBy: ["c", "d"], found: "file" },
    { ...state, key: "SET", askedBy: ["d"], found: "environment" },
    { ...state, key: "NOWHERE", required: false, askedBy: ["d"], found: null },
  ]);
});

Deno.test("checkSecrets() throws once for all that is missing, with a line to paste", () => {
  const pack = packOf(
    [{ key: "TELEGRAM_BOT_TOKEN", required: true, description: "From\n@BotFather" }, A],
    asking("send", [{ key: "TELEGRAM_BOT_TOKEN" }, { key: "odd key", description: "" }]),
    asking("ask", [{ key: "TELEGRAM_BOT_TOKEN" }, B]),
  );
  const check = (sources: SecretSources) => checkSecrets(pack, new Set(["send"]), sources);
  const error = assertThrows(() => check(NOTHING), RunnerError);
  assertEquals([error.code, error.message, error.hint], [
    "secret.missing",
    "Pack asks for 3 secrets that are not there: TELEGRAM_BOT_TOKEN, A, odd key",
    "Add --secret TELEGRAM_BOT_TOKEN=… --secret A=… --secret 'odd key'=…, or --secrets FILE with lines of KEY=VALUE; --allow-missing-secrets runs without",
  ]);
  assertEquals(error.rows, [
    "TELEGRAM_BOT_TOKEN  send, ask  From @BotFather",
    "A                   the pack",
    "odd key             send",
  ]);
  const one = assertThrows(() => check(mockSecrets({ a: "x", "odd-key": "x" })), RunnerError);
  assertEquals(one.message, "Pack asks for a secret that is not there: TELEGRAM_BOT_TOKEN");
  check(mockSecrets({ a: "x", "odd-key": "x", "telegram-bot-token": "x" }));
});

Deno.test("secretStates() reads packs", async () => {
  const pack = await openPack(packPath("kinds.gtpack"), DEVOK);
  const reached = new Set(pack.components.map(({ id }) => id));
  const states = secretStates(pack, reached, NOTHING);
  assertEquals(states.map(({ key, found }) => [key, found]), [["DEMO_TOKEN", null]]);
});
