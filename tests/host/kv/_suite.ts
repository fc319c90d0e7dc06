/** What keys of guests are, whatever they are kept in. */

import { assertEquals } from "@std/assert";
import { Kv } from "../../../lib/host/kv/kv.ts";
import { answerOf, hostCall } from "../_helpers.ts";
import type { WithStore } from "../state/_stores.ts";

const KV = "greentic:host/kv-v1@1.0.0";
const SCOPE = { env: "local", tenant: "acme" };
const NONE = { type: "ok", value: undefined } as const;

/** Registers the rules of keys over one kind of store. */
export function kvSuite(name: string, withStore: WithStore): void {
  Deno.test(`Kv in ${name} keeps texts under name space and key`, async () => {
    await withStore((store) => {
      const kv = new Kv(SCOPE, store);
      const get = (ns: string, key: string) => answerOf(kv, `${KV}#get`, ns, key).reply;
      assertEquals(get("n", "k"), NONE);
      assertEquals(answerOf(kv, `${KV}#put`, "n", "k", "v").reply, NONE);
      assertEquals(get("n", "k"), { type: "ok", value: "v" });
      answerOf(kv, `${KV}#put`, "n", "k", "");
      assertEquals(get("n", "k"), { type: "ok", value: "" });
      assertEquals(get("__proto__", "constructor"), NONE);
    });
  });

  Deno.test(`Kv in ${name} gives back every text as it was put`, async (t) => {
    await withStore(async (store) => {
      const kv = new Kv(SCOPE, store);
      const texts = ["1", '{"a": 1}', '"x"', "null", "a\0b", " ", "[".repeat(1000), "\ufeff\u{10ffff}"];
      for (const text of [...texts, "é".repeat(1_000_000)]) {
        await t.step(JSON.stringify(text).slice(0, 20), () => {
          answerOf(kv, `${KV}#put`, "n", "k", text);
          assertEquals(answerOf(kv, `${KV}#get`, "n", "k").reply, { type: "ok", value: text });
        });
      }
    });
  });

  Deno.test(`Kv in ${name} never mixes up scopes, name spaces and keys`, async () => {
    await withStore((store) => {
      const parts = ["", "a", "b", ":", "a:", ":a", "a:b", "%3A", "%", "%25", "a%3Ab"];
      const names = parts.flatMap((tenant) => parts.flatMap((ns) => parts.map((key) => [tenant, ns, key])));
      for (const [tenant, ns, key] of names) {
        answerOf(
          new Kv({ env: "local", tenant: tenant! }, store),
          `${KV}#put`,
          ns!,
          key!,
          `${tenant}|${ns}|${key}`,
        );
      }
      for (const [tenant, ns, key] of names) {
        const kv = new Kv({ env: "local", tenant: tenant! }, store);
        const value = `${tenant}|${ns}|${key}`;
        assertEquals(answerOf(kv, `${KV}#get`, ns!, key!).reply, { type: "ok", value });
      }
      assertEquals([...store.entries()].length, names.length);
      assertEquals(answerOf(new Kv({ env: "dev", tenant: "a" }, store), `${KV}#get`, "a", "a").reply, NONE);
    });
  });

  Deno.test(`Kv in ${name} has keys that are none of state's`, async () => {
    await withStore((store) => {
      answerOf(new Kv(SCOPE, store), `${KV}#put`, "n:s", "a:b", "v");
      answerOf(new Kv({ env: "a b", tenant: "t" }, store), `${KV}#put`, "", "", "v");
      assertEquals([...store.entries()], [
        ["greentic:kv:local:acme:n%3As:a:b", '"v"'],
        ["greentic:kv:local:t::", '"v"'],
      ]);
    });
  });

  Deno.test(`Kv in ${name} ends the call of a guest that stores too much`, async () => {
    await withStore((store) => {
      const kv = new Kv(SCOPE, store);
      const { reply, status } = answerOf(kv, `${KV}#put`, "n", "k", "x".repeat(6000));
      assertEquals([reply.type === "abort" && reply.failure.code, status], ["limit.memory", "denied"]);
      assertEquals(answerOf(kv, `${KV}#get`, "n", "k").outputs, { found: false });
    }, 10_000);
  });

  Deno.test(`Kv in ${name} hands over texts of others as they are`, async (t) => {
    const cases = [["a=b", "a=b"], ["[1]", "[1]"], ['"a', '"a'], ["", ""], ['"a"', "a"]] as const;
    await withStore(async (store) => {
      for (const [text, value] of cases) {
        await t.step(JSON.stringify(text), () => {
          store.set("greentic:kv:local:acme:n:k", text);
          assertEquals(answerOf(new Kv(SCOPE, store), `${KV}#get`, "n", "k").reply, { type: "ok", value });
        });
      }
    });
  });

  Deno.test(`Kv in ${name} tells the record what was asked and answered`, async () => {
    await withStore((store) => {
      const kv = new Kv(SCOPE, store);
      assertEquals(kv.describe(hostCall(`${KV}#put`, "n", "k", "v")), { ns: "n", key: "k", value: "v" });
      assertEquals(kv.describe(hostCall(`${KV}#get`, "n", "k")), { ns: "n", key: "k" });
      assertEquals(answerOf(kv, `${KV}#get`, "n", "k").outputs, { found: false });
      assertEquals(answerOf(kv, `${KV}#put`, "n", "k", "v").outputs, { stored: true });
      const { outputs, status, provider } = answerOf(kv, `${KV}#get`, "n", "k");
      assertEquals({ outputs, status, provider }, {
        outputs: { found: true, value: "v" },
        status: "ok",
        provider: "real",
      });
    });
  });
}
