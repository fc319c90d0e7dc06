/**
 * Stores a long text again and again, and keeps the events of it. The test of `HostTable` runs it with less memory
 * than the texts have together.
 */

import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { KeptBytes } from "../../lib/host/kept_bytes.ts";
import { Kv } from "../../lib/host/kv/kv.ts";
import { MemoryStore } from "../../lib/host/state/memory_store.ts";
import { HostTable } from "../../lib/host/table.ts";
import { hostCall, NEVER } from "./_helpers.ts";

const CALLS = 400;
const LENGTH = 1_000_000;

const events: unknown[] = [];
const table = new HostTable(
  [new Kv({ env: "local", tenant: "acme" }, new MemoryStore(new KeptBytes(DEFAULT_LIMITS)))],
  (event) => void events.push(event),
);
for (let call = 0; call < CALLS; call++) {
  const value = "x".repeat(LENGTH) + call;
  void table.answer(hostCall("greentic:host/kv-v1@1.0.0#put", "ns", "key", value), NEVER);
}
if (events.length !== 2 * CALLS) Deno.exit(1);
