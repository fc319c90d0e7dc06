/** Service nodes and a folder of scripts: a flow from beginning to end, and what is found wrong before it starts. */

import { assertEquals } from "@std/assert";
import type { RunEvent } from "../lib/base/events.ts";
import type { Json } from "../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../lib/base/limits.ts";
import { parseFlow } from "../lib/flow/parse.ts";
import { ToolsMock } from "../lib/host/tools/mock.ts";
import { findingsWithTools } from "../lib/tools.ts";
import { tempFolder } from "./_helpers.ts";
import { failureIn, flowOf, node, play } from "./engine/_script.ts";

function mockOf(dir: string, emit: (event: RunEvent) => void = () => {}): ToolsMock {
  return new ToolsMock(dir, { emit, limits: DEFAULT_LIMITS });
}

Deno.test("a folder of scripts answers the service nodes of a flow", async () => {
  await using folder = await tempFolder();
  const scripts: Record<string, Json> = {
    weather__forecast: { days: [{ city: "Oslo", high: 21 }] },
    dw_agent__desk: { reply: "Sunny", terminated_by: "end" },
    sorla_call__open: { id: 7 },
  };
  for (const [name, value] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${folder.path}/${name}.json`, JSON.stringify(value));
  }
  const events: RunEvent[] = [];
  const { result, trace } = await play({
    flows: [flowOf("f", [
      node("a", "mcp", { server: "{{entry.server}}", tool: "forecast", arguments: { days: 1 } }, "b"),
      node("b", "dw.agent", { user_text: "It is {{node.a.days.0.high}}" }, "c", "desk"),
      node("c", "sorla.call", { operation: "open", input: "{{node.b.reply}}" }, "d", "open"),
      node("d", "emit.response", { id: "{{node.c.id}}" }, "e"),
      node("e", "mcp:weather", { tool: "alerts" }),
    ])],
    input: { server: "weather" },
    services: mockOf(folder.path, (event) => void events.push(event)),
  });
  const { code, message } = failureIn(result);
  assertEquals([trace, code], ["s(a) e(a) s(b) e(b) s(c) e(c) s(d) e(d) s(e) x(e)", "node.kind"]);
  assertEquals(message, `Mock script "${folder.path}/weather__alerts.json" does not exist`);
  const told = events.map((event) =>
    event.type === "host.called" ? event.inputs : event.type === "host.returned" ? event.outputs : event
  );
  assertEquals(told, [
    { tool: "weather", action: "forecast", arguments: { days: 1 } },
    scripts["weather__forecast"],
    { tool: "dw.agent", action: "desk", arguments: { user_text: "It is 21" } },
    scripts["dw_agent__desk"],
    { tool: "sorla.call", action: "open", arguments: "Sunny" },
    scripts["sorla_call__open"],
    { tool: "weather", action: "alerts", arguments: { tool: "alerts" } },
    { error: message },
  ]);
});

Deno.test("findingsWithTools() leaves out the warnings about nodes that the mock answers", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/weather__forecast.json`, "{}");
  const document = {
    id: "f",
    kind: "job",
    nodes: [
      node("known", "mcp", { server: "weather", tool: "forecast" }, "open"),
      node("open", "mcp", { server: "weather", tool: "{{entry.tool}}" }, "whole"),
      node("whole", "mcp", "{{entry}}", "absent"),
      node("absent", "mcp", { server: "weather", tool: "alerts" }),
    ],
  };
  const { flow, findings } = parseFlow({ id: "f", form: "compiled", document, place: "here" });
  const about = findings.flatMap(({ code, node }) => code === "node.kind" ? [node] : []);
  assertEquals(about, ["known", "open", "whole", "absent"]);
  const others = [
    { severity: "error", code: "node.kind", message: "x", flow: "f", node: "known" },
    { severity: "warning", code: "flow.routing", message: "x", flow: "f", node: "known" },
    { severity: "warning", code: "node.kind", message: "x", flow: "g", node: "known" },
  ] as const;
  const left = await findingsWithTools(
    [...findings, ...others],
    new Map([["f", flow!]]),
    mockOf(folder.path),
  );
  const [absent, ...rest] = left;
  assertEquals(rest, [...others]);
  assertEquals([absent?.node, absent?.message], [
    "absent",
    'Node kind "mcp" needs an MCP server, which this runner does not have',
  ]);
  assertEquals(
    absent?.hint,
    `Write the answer as JSON: echo '{"ok":true}' > ${folder.path}/weather__alerts.json`,
  );
});
