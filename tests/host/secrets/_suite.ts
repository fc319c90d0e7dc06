/** What secrets are, wherever they come from. */

import { assert, assertEquals } from "@std/assert";
import { openSecrets, type SecretsGrants, secretTexts } from "../../../lib/host/secrets/open.ts";
import { Secrets } from "../../../lib/host/secrets/secrets.ts";
import { answerOf, bytes, hostCall } from "../_helpers.ts";

const GET = "greentic:secrets-store/secrets-store@1.0.0#get";
const PUT = "greentic:secrets-store/secrets-store@1.1.0#put";

/** Whose secrets tests look up. */
export const SCOPE = { env: "local", tenant: "acme", team: "blue", pack: "demo" };

/** No secrets at all. */
export const NONE: SecretsGrants = { mock: null, values: {}, files: [], environment: [] };

/** A kind of source. */
export interface SourceKind {
  /** Its name in tests. */
  readonly name: string;
  /** Who answers, and from where. */
  readonly provider: "mock" | "real";
  readonly source: "map" | "file" | "environment";
  /** Makes a source of these secrets, lends what grants it to some work, and takes it away. */
  readonly lend: (
    values: Readonly<Record<string, string>>,
    work: (grants: SecretsGrants) => Promise<void>,
  ) => Promise<void>;
}

const VALUES = {
  SUITE_TOKEN: "upper-é",
  suite_lower: "lower",
  "SUITE_LINES": "first\nsecond",
  "SUITE_JSON": '{"a": "b"}',
};

/** Registers the rules of secrets over one kind of source. */
export function secretsSuite({ name, provider, source, lend }: SourceKind): void {
  Deno.test(`Secrets from ${name} are found as spelled, then as stores spell them`, async (t) => {
    const cases: [key: string, value: string][] = [
      ["SUITE_TOKEN", "upper-é"],
      ["suite_token", "upper-é"],
      ["Suite-Token", "upper-é"],
      [" suite.token ", "upper-é"],
      ["suite_lower", "lower"],
      ["SUITE_LOWER", "lower"],
      ["suite-lines", "first\nsecond"],
      ["suite-json", '{"a": "b"}'],
    ];
    await lend(VALUES, async (grants) => {
      const secrets = new Secrets(await openSecrets(grants, SCOPE), () => {});
      for (const [key, value] of cases) {
        await t.step(key, () => {
          assertEquals(answerOf(secrets, GET, key), {
            reply: { type: "ok", value: bytes(value) },
            status: "ok",
            provider,
            outputs: { found: true, source },
          });
          assertEquals(secrets.find(key), bytes(value));
        });
      }
    });
  });

  Deno.test(`Secrets from ${name} are not-found when they are not there`, async (t) => {
    await lend(VALUES, async (grants) => {
      const secrets = new Secrets(await openSecrets(grants, SCOPE), () => {});
      for (const key of ["SUITE", "HOME", "PATH", "toString", "__proto__", "", "_", "é"]) {
        await t.step(key, () => {
          assertEquals(answerOf(secrets, GET, key), {
            reply: { type: "err", error: "not-found" },
            status: "error",
            provider,
            outputs: { found: false },
          });
          assertEquals(secrets.find(key), undefined);
        });
      }
    });
  });

  Deno.test(`Secrets from ${name} are told when the run begins, so that records hide them`, async () => {
    await lend(VALUES, async (grants) => {
      const heard: string[] = [], sources = await openSecrets(grants, SCOPE);
      new Secrets(sources, (text) => void heard.push(text));
      assertEquals(heard.toSorted(), Object.values(VALUES).toSorted());
      assertEquals([...secretTexts(sources)].toSorted(), heard.toSorted());
    });
  });

  Deno.test(`Secrets from ${name} give way to what a guest puts, in its run alone`, async () => {
    await lend(VALUES, async (grants) => {
      const sources = await openSecrets(grants, SCOPE), heard: string[] = [];
      const secrets = new Secrets(sources, (text) => void heard.push(text));
      heard.length = 0;
      assertEquals(answerOf(secrets, PUT, "suite-token", bytes("fresh")), {
        reply: { type: "ok", value: undefined },
        status: "ok",
        provider: "mock",
        outputs: { stored: true },
      });
      assertEquals(heard, ["fresh"]);
      assertEquals(answerOf(secrets, GET, "SUITE_TOKEN"), {
        reply: { type: "ok", value: bytes("fresh") },
        status: "ok",
        provider: "mock",
        outputs: { found: true, source: "put" },
      });
      assertEquals(secrets.find("suite_token"), bytes("fresh"));
      const other = new Secrets(sources, () => {});
      assertEquals(answerOf(other, GET, "SUITE_TOKEN").reply, { type: "ok", value: bytes("upper-é") });
    });
  });

  Deno.test(`Secrets from ${name} never tell a value in what is recorded`, async () => {
    await lend(VALUES, async (grants) => {
      const secrets = new Secrets(await openSecrets(grants, SCOPE), () => {});
      const put = hostCall(PUT, "SUITE_TOKEN", bytes("upper-é"));
      assertEquals(secrets.describe(put), { key: "SUITE_TOKEN" });
      const answers = [
        answerOf(secrets, GET, "SUITE_TOKEN"),
        answerOf(secrets, PUT, "SUITE_TOKEN", bytes("upper-é")),
        answerOf(secrets, PUT, " ", bytes("upper-é")),
        answerOf(secrets, PUT, "k", bytes("upper-é".repeat(4096))),
      ];
      for (const { outputs } of answers) assert(!JSON.stringify(outputs).includes("upper"));
    });
  });
}
