import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../lib/base/events.ts";
import { hostCapabilities } from "../../lib/host/capabilities.ts";
import { HostTable } from "../../lib/host/table.ts";
import { mockSecrets } from "../../lib/host/secrets/open.ts";
import { bytes, capabilityParts, hostCall, NEVER } from "./_helpers.ts";

const SECRETS = "greentic:secrets-store/secrets-store@1.1.0";
const STATE = "greentic:state/state-store@1.0.0";
const LOGGER = "greentic:telemetry/logger-api@1.0.0";

function start() {
  const events: RunEvent[] = [], hidden: string[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  const capabilities = hostCapabilities(
    capabilityParts({ secrets: mockSecrets({ TOKEN: "s3cret" }), config: { LEVEL: 3 } }),
    { emit, hide: (secret) => void hidden.push(secret) },
  );
  return { capabilities, host: new HostTable(capabilities, emit), events, hidden };
}

Deno.test("hostCapabilities() offers every interface once", () => {
  const { capabilities, host } = start();
  assertEquals(capabilities.map(({ name }) => name).sort(), [
    "files",
    "http",
    "kv",
    "messaging",
    "oauth",
    "runtime-config",
    "secrets",
    "state",
    "telemetry",
  ]);
  const interfaces = capabilities.flatMap(({ interfaces }) => Object.keys(interfaces));
  assertEquals(new Set(interfaces).size, interfaces.length);
  // Beside them the table offers the types.
  assertEquals(host.offers.size, interfaces.length + 2);
});

Deno.test("hostCapabilities() answers with what the run grants", async () => {
  const { host, hidden } = start();
  const ask = async (...args: Parameters<typeof hostCall>) => await host.answer(hostCall(...args), NEVER);
  assertEquals(await ask(`${SECRETS}#get`, "TOKEN"), { type: "ok", value: bytes("s3cret") });
  await ask(`${SECRETS}#put`, "NEW", bytes("other"));
  assertEquals(hidden, ["s3cret", "other"]);
  const config = "greentic:runtime-config/runtime-config@1.0.0#get";
  assertEquals(await ask(config, "LEVEL"), { type: "ok", value: "3" });
  assertEquals(await ask(config, "TOKEN"), { type: "ok", value: '"s3cret"' });
  await ask(`${STATE}#write`, "k", bytes("1"), undefined);
  assertEquals(await ask(`${STATE}#read`, "k", { tenant: "acme", user: "ann" }), {
    type: "ok",
    value: bytes("1"),
  });
});

Deno.test("hostCapabilities() records what guests log between the events of the call", () => {
  const { host, events } = start();
  const call = hostCall(`${LOGGER}#log`, { tenant: "acme" }, [["a", "b"]], undefined);
  host.answer(call, NEVER);
  assertEquals(events.map(({ type }) => type), ["host.called", "log", "host.returned"]);
  assertEquals(events[1], {
    type: "log",
    place: call.place,
    stream: "telemetry",
    text: "a=b",
    fields: { a: "b" },
  });
});

Deno.test("hostCapabilities() keeps nothing from one run to the next", () => {
  const first = start(), second = start();
  first.host.answer(hostCall(`${STATE}#write`, "k", bytes("1"), undefined), NEVER);
  first.host.answer(hostCall(`${SECRETS}#put`, "NEW", bytes("other")), NEVER);
  const read = second.host.answer(hostCall(`${STATE}#read`, "k", undefined), NEVER);
  assertEquals(read, { type: "err", error: { code: "not_found", message: "state key not found" } });
  const get = second.host.answer(hostCall(`${SECRETS}#get`, "NEW"), NEVER);
  assertEquals(get, { type: "err", error: "not-found" });
});
