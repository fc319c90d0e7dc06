import { assertEquals } from "@std/assert";
import { mockSecrets, type SecretsGrants } from "../../../lib/host/secrets/open.ts";
import { Secrets } from "../../../lib/host/secrets/secrets.ts";
import { answerOf, bytes } from "../_helpers.ts";
import { inFolder } from "../state/_stores.ts";
import { NONE, SCOPE, secretsSuite, type SourceKind } from "./_suite.ts";

const PUT = "greentic:secrets-store/secrets-store@1.1.0#put";

/** Secrets in a file of that name, as `write` writes them. */
function fileKind(file: string, write: (values: Readonly<Record<string, string>>) => string): SourceKind {
  return {
    name: file,
    provider: "real",
    source: "file",
    lend: (values, work) =>
      inFolder(async (folder) => {
        const path = `${folder}/${file}`;
        await Deno.writeTextFile(path, write(values), { mode: 0o600 });
        await work({ ...NONE, files: [path] });
      }),
  };
}

async function withVariables(
  values: Readonly<Record<string, string>>,
  work: (grants: SecretsGrants) => Promise<void>,
): Promise<void> {
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  try {
    await work({ ...NONE, environment: ["SUITE_UNSET", ...Object.keys(values)] });
  } finally {
    for (const name of Object.keys(values)) Deno.env.delete(name);
  }
}

const { env, tenant, team, pack } = SCOPE;
const KINDS: readonly SourceKind[] = [
  {
    name: "a mock",
    provider: "mock",
    source: "map",
    lend: (map, work) => work({ ...NONE, mock: { map, strict: true } }),
  },
  { name: "values", provider: "real", source: "map", lend: (values, work) => work({ ...NONE, values }) },
  fileKind("secrets.json", (values) => JSON.stringify(values)),
  fileKind("secrets", (values) => ` ${JSON.stringify(values)}`),
  fileKind("seeds.json", (values) =>
    JSON.stringify({
      entries: Object.entries(values).map(([name, text]) => ({
        uri: `secrets://${env}/${tenant}/${team}/${pack}/${name}`,
        text,
      })),
    })),
  fileKind(
    "secrets.yaml",
    (values) =>
      Object.entries(values).map(([name, text]) => `${name}: ${JSON.stringify(text)} # c\n`).join(""),
  ),
  fileKind(
    ".env",
    (values) => Object.entries(values).map(([name, text]) => `export ${name}='${text}'\n`).join(""),
  ),
  { name: "the environment", provider: "real", source: "environment", lend: withVariables },
];

for (const kind of KINDS) secretsSuite(kind);

Deno.test("Secrets ends the node for a put without a key", () => {
  const heard: string[] = [];
  const secrets = new Secrets(mockSecrets({}), (text) => void heard.push(text));
  for (const key of ["", "  "]) {
    const { reply, status } = answerOf(secrets, PUT, key, bytes("v"));
    const message = `secret write denied for key ${key}: invalid key`;
    assertEquals(reply, { type: "abort", failure: { code: "node.failed", message } });
    assertEquals(status, "denied");
  }
  assertEquals(heard, []);
});

Deno.test("Secrets ends the node for a put that is too large, or one too many", () => {
  const heard: string[] = [];
  const secrets = new Secrets(mockSecrets({}), (text) => void heard.push(text));
  const failure = (key: string) => ({
    code: "limit.value",
    message: `secret write failed for key ${key}: too large or too many`,
  });
  const refused = answerOf(secrets, PUT, "large", new Uint8Array(4097)).reply;
  assertEquals(refused, { type: "abort", failure: failure("large") });
  for (let i = 0; i < 100; i++) {
    assertEquals(answerOf(secrets, PUT, `k${i}`, new Uint8Array(4096)).status, "ok");
  }
  assertEquals(answerOf(secrets, PUT, "more", bytes("v")).reply, { type: "abort", failure: failure("more") });
  assertEquals(heard.length, 100);
});

Deno.test("Secrets says who looked for a secret that is not there", async (t) => {
  const values = mockSecrets({ A: "1" }), sources = values.mock === null ? [] : [values.mock];
  const cases = [
    ["nobody", { mock: null, strict: false, sources: [] }, "mock"],
    ["a strict mock", { ...values, sources }, "mock"],
    ["a mock and others", { ...values, strict: false, sources }, "real"],
    ["others", { mock: null, strict: false, sources }, "real"],
  ] as const;
  for (const [name, given, provider] of cases) {
    await t.step(name, () => {
      const get = answerOf(
        new Secrets(given, () => {}),
        "greentic:secrets-store/secrets-store@1.0.0#get",
        "B",
      );
      assertEquals([get.provider, get.reply], [provider, { type: "err", error: "not-found" }]);
    });
  }
});
