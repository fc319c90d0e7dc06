import { assertEquals } from "@std/assert";
import type { Json } from "../../lib/base/json.ts";
import { serviceCall } from "../../lib/flow/service.ts";

Deno.test("serviceCall() names the tool and the action of every kind that needs a service", async (t) => {
  const table: [name: string, operation: string | undefined, payload: Json, tool: string, action: string][] =
    [
      ["mcp", undefined, { server: "weather", tool: "forecast" }, "weather", "forecast"],
      ["mcp", undefined, { server: "weather", name: "forecast" }, "weather", "forecast"],
      ["mcp", undefined, { tool: "forecast" }, "mcp", "forecast"],
      ["mcp", "run", { server: "weather", tool: "forecast" }, "weather", "forecast"],
      ["mcp", "run", { server: "weather" }, "weather", "run"],
      ["mcp", undefined, { server: " weather ", action: "forecast" }, "weather", "forecast"],
      ["mcp:weather", undefined, { server: "other", tool: "forecast" }, "weather", "forecast"],
      ["mcp:", undefined, { server: "other" }, "other", "call"],
      ["a2a", undefined, { agent: "desk", message: "hi" }, "a2a", "desk"],
      ["a2a:desk", "run", { agent: "other" }, "a2a", "desk"],
      ["dw.agent", "desk", { user_text: "hi" }, "dw.agent", "desk"],
      ["dw.agent", undefined, { agent: "desk" }, "dw.agent", "desk"],
      ["dw.agent.desk", undefined, {}, "dw.agent", "desk"],
      ["dw.agent", undefined, { operation: "desk" }, "dw.agent", "desk"],
      ["dw.agent", undefined, { agent: " ", op: "desk" }, "dw.agent", "desk"],
      ["dw.agent_graph", undefined, { graph: "triage" }, "dw.agent_graph", "triage"],
      ["dw.agent_graph.triage", "run", {}, "dw.agent_graph", "triage"],
      ["sorla.call", undefined, { operation: "open", input: {} }, "sorla.call", "open"],
      ["telco-x.call", "open", { operation: "other" }, "telco-x.call", "open"],
      ["approval.call", undefined, { tool: "x", agent: "y" }, "approval.call", "call"],
      ["mcp", undefined, "text", "mcp", "call"],
      ["mcp", undefined, { server: 1, tool: {} }, "mcp", "call"],
    ];
  for (const [name, operation, payload, tool, action] of table) {
    await t.step(`${name} ${operation ?? ""} ${JSON.stringify(payload)}`, () => {
      const kind = { name, ...(operation === undefined ? {} : { operation }) };
      const call = serviceCall(kind, payload);
      assertEquals([call.tool, call.action], [tool, action]);
    });
  }
});

Deno.test("serviceCall() gives arguments, else input, else the whole payload", async (t) => {
  const table: [payload: Json, given: Json][] = [
    [{ arguments: { a: 1 }, input: { b: 2 } }, { a: 1 }],
    [{ arguments: null, input: { b: 2 } }, { b: 2 }],
    [{ arguments: 0 }, 0],
    [{ operation: "x", input: "b" }, "b"],
    [{ user_text: "hi" }, { user_text: "hi" }],
    [null, null],
  ];
  for (const [payload, given] of table) {
    await t.step(JSON.stringify(payload), () => {
      assertEquals(serviceCall({ name: "mcp" }, payload).arguments, given);
    });
  }
});
