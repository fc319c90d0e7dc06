import { assertEquals } from "@std/assert";
import { TelemetryCapture } from "../../../lib/host/telemetry/capture.ts";
import { answerOf, hostCall } from "../_helpers.ts";

const LOG = "greentic:telemetry/logger-api@1.0.0#log";
const SPAN = {
  tenant: "acme",
  sessionId: undefined,
  flowId: "main",
  nodeId: "ask",
  provider: "p",
  startMs: 5n,
  endMs: undefined,
};

Deno.test("TelemetryCapture hands what a guest logs to the record", () => {
  const written: unknown[][] = [];
  const telemetry = new TelemetryCapture((...args) => void written.push(args));
  const fields = [["text", "hi é"], ["__proto__", "p"], ["text", "again"]];
  assertEquals(answerOf(telemetry, LOG, SPAN, fields, undefined), {
    reply: { type: "ok", value: "ok" },
    status: "ok",
    provider: "real",
    outputs: null,
  });
  const { place } = hostCall(LOG);
  assertEquals(written, [[
    place,
    "text=hi é __proto__=p text=again",
    JSON.parse('{"text":"again","__proto__":"p"}'),
  ]]);
});

Deno.test("TelemetryCapture.describe() tells span and fields, without what is absent", () => {
  const telemetry = new TelemetryCapture(() => {});
  assertEquals(telemetry.describe(hostCall(LOG, SPAN, [["a", "b"]], undefined)), {
    span: { tenant: "acme", flowId: "main", nodeId: "ask", provider: "p", startMs: 5 },
    fields: [["a", "b"]],
  });
  assertEquals(telemetry.describe(hostCall(LOG, {}, [], undefined)), { span: {}, fields: [] });
});

Deno.test("TelemetryCapture keeps the log records of logging, and drops its spans", () => {
  const LOGGING = "greentic:telemetry/logging";
  const written: unknown[][] = [];
  const telemetry = new TelemetryCapture((...args) => void written.push(args.slice(1)));
  const fields = { entries: [["a", "b"]] };
  assertEquals(answerOf(telemetry, `${LOGGING}#span-start`, "s", fields).reply, { type: "ok", value: 0n });
  assertEquals(answerOf(telemetry, `${LOGGING}#span-end`, 0n).reply, { type: "ok", value: undefined });
  assertEquals(written, []);
  answerOf(telemetry, `${LOGGING}#log`, "warn", "hello", fields);
  answerOf(telemetry, `${LOGGING}#log`, "info", "plain", { entries: [] });
  assertEquals(written, [
    ["hello a=b", { level: "warn", a: "b" }],
    ["plain", { level: "info" }],
  ]);
  assertEquals(telemetry.describe(hostCall(`${LOGGING}#log`, "warn", "hello", fields)), {
    level: "warn",
    message: "hello",
    fields: [["a", "b"]],
  });
  assertEquals(telemetry.describe(hostCall(`${LOGGING}#span-end`, 7n)), { span: "7" });
});
