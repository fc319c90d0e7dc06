import { assertEquals } from "@std/assert";
import { RunnerError } from "../../../lib/base/errors.ts";
import { Kv } from "../../../lib/host/kv/kv.ts";
import { answerOf } from "../_helpers.ts";
import { brokenStore, STORES } from "../state/_stores.ts";
import { kvSuite } from "./_suite.ts";

for (const [name, withStore] of STORES) kvSuite(name, withStore);

Deno.test("Kv ends the call when its store is broken", () => {
  const error = new RunnerError("state.file", "State file is damaged", { hint: "Mend it" });
  const kv = new Kv({ env: "local", tenant: "acme" }, brokenStore(error));
  const failure = { code: "state.file", message: "State file is damaged", hint: "Mend it" };
  for (const fn of ["get", "put"]) {
    assertEquals(answerOf(kv, `greentic:host/kv-v1@1.0.0#${fn}`, "n", "k", "v"), {
      reply: { type: "abort", failure },
      status: "error",
      provider: "real",
      outputs: { error: "State file is damaged" },
    });
  }
});
