import { assertEquals } from "@std/assert";
import type { Failure, Outcome } from "../../../lib/base/call.ts";
import type { RunEvent } from "../../../lib/base/events.ts";
import { ToolsMock } from "../../../lib/host/tools/mock.ts";
import { scriptHint } from "../../../lib/host/tools/script_files.ts";
import { tempFolder } from "../../_helpers.ts";
import { hostCall, NEVER } from "../_helpers.ts";

const { place } = hostCall("a#b");
const REQUEST = { tool: "mcp:weather", action: "fore.cast", arguments: { city: "Oslo" } };

function mockOf(dir: string) {
  const events: RunEvent[] = [];
  const mock = new ToolsMock(dir, {
    emit: (event) => void events.push(event),
    limits: { maxValueBytes: 1024 },
  });
  return { mock, events };
}

Deno.test("ToolsMock finds the script of a call by the letters and digits of its names", async (t) => {
  const { mock } = mockOf("dir");
  const table: [tool: string, action: string, file: string][] = [
    ["weather", "forecast", "weather__forecast"],
    ["mcp:weather", "a-b.c d", "mcp_weather__a_b_c_d"],
    ["../../etc/passwd", "..\\x\0", "______etc_passwd_____x_"],
    ["Wétter", "日😀1", "W_tter____1"],
  ];
  for (const [tool, action, file] of table) {
    await t.step(file, () => assertEquals(mock.scriptOf({ tool, action }), `dir/${file}.json`));
  }
});

Deno.test("ToolsMock answers with what the script holds, and records the call as a pair of events", async () => {
  await using folder = await tempFolder();
  const { mock, events } = mockOf(folder.path);
  const output = { text: "{{entry.city}}" };
  assertEquals(await mock.has(REQUEST), false);
  await Deno.writeTextFile(mock.scriptOf(REQUEST), JSON.stringify(output));
  assertEquals(await mock.has(REQUEST), true);
  assertEquals(await mock.call(REQUEST, place, NEVER), { status: "ok", output, metrics: {} });
  const shared = { hostCallId: "t1", place, capability: "tools", call: "mcp:weather#fore.cast" };
  assertEquals(events, [
    { type: "host.called", ...shared, inputs: REQUEST },
    { type: "host.returned", ...shared, status: "ok", provider: "mock", outputs: output },
  ]);
  await mock.call(REQUEST, place, NEVER);
  assertEquals(events[2]?.type === "host.called" && events[2].hostCallId, "t2", "each call has its own id");
});

Deno.test("ToolsMock tells what is wrong with a script as the failure of the call", async (t) => {
  await using folder = await tempFolder();
  const { mock, events } = mockOf(folder.path);
  const script = mock.scriptOf(REQUEST);
  /** The outcome of a failure, after a look at what was recorded of it. */
  function told(failure: Failure): Outcome {
    const last = events.at(-1);
    assertEquals(last?.type === "host.returned" && [last.status, last.outputs], [
      "error",
      { error: failure.message },
    ]);
    return { status: "error", failure, metrics: {} };
  }
  await t.step("absent", async () => {
    const outcome = await mock.call(REQUEST, place, NEVER);
    const message = `Mock script "${script}" does not exist`;
    assertEquals(outcome, told({ code: "node.kind", message, hint: scriptHint(script) }));
  });
  await t.step("damaged", async () => {
    await Deno.writeTextFile(script, "{\n");
    const outcome = await mock.call(REQUEST, place, NEVER);
    const message = `Mock script "${script}" is no JSON in UTF-8`;
    const causes = ["line 2: expected a key in double quotes or } and found the end of the file"];
    assertEquals(
      outcome,
      told({ code: "mocks.invalid", message, hint: "Write the answer as JSON", causes }),
    );
  });
});

Deno.test("ToolsMock ends a call that nobody waits for any more as cancelled", async () => {
  await using folder = await tempFolder();
  const { mock, events } = mockOf(folder.path);
  const outcome = await mock.call(REQUEST, place, AbortSignal.abort());
  assertEquals(outcome.status, "cancelled");
  assertEquals(events.map((event) => event.type === "host.returned" && event.status), [false, "cancelled"]);
});
