import { assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { checkSnapshot, readSnapshot, takeSnapshot } from "../../lib/engine/snapshot.ts";
import { FlowState } from "../../lib/engine/state.ts";

const FACTS = {
  packId: "p",
  flowId: "f",
  next: { flowId: "f", nodeId: "b" },
  store: new Map([["k", 1]]),
  failedNodes: false,
};

Deno.test("readSnapshot() reads what takeSnapshot() wrote", () => {
  const state = new FlowState({ input: { q: 1 }, vars: { v: [1] } });
  state.record("__proto__", { x: 1 }, { emitted: "reply" });
  const snapshot: Json = takeSnapshot(state, FACTS);
  assertEquals(JSON.parse(JSON.stringify(snapshot)), {
    version: 2,
    pack_id: "p",
    flow_id: "f",
    next_flow: null,
    next_node: "b",
    state: {
      entry: { q: 1 },
      input: { q: 1 },
      nodes: JSON.parse('{"__proto__":{"ok":true,"payload":{"x":1},"meta":null}}'),
      egress: [],
      last_output: { x: 1 },
      vars: { v: [1] },
    },
    store: { k: 1 },
    failed_nodes: false,
  });
  assertEquals(readSnapshot(JSON.parse(JSON.stringify(snapshot))), readSnapshot(snapshot));
});

Deno.test("readSnapshot() reads the snapshots of reference runners", () => {
  const old = readSnapshot({
    flow_id: "f",
    next_node: "b",
    state: { input: 1, nodes: { a: { payload: 2 } } },
  });
  assertEquals(checkSnapshot(old, { packId: "any", flowId: "f" }), {
    entry: null,
    nodes: { a: { ok: true, payload: 2, meta: null } },
    vars: {},
  });
  assertEquals(readSnapshot({ flow_id: "f", next_node: "b" }).state.nodes, {});
});

Deno.test("readSnapshot() refuses what it does not know", async (t) => {
  const table: [Json, string][] = [
    [null, "The snapshot is no JSON object"],
    [
      { version: 3, flow_id: "f", next_node: "b" },
      "The snapshot has version 3, and this runner reads version 2",
    ],
    [{ flow_id: "f" }, "The snapshot names no flow and next node"],
    [{ flow_id: "f", next_node: "b", state: { nodes: [] } }, "The nodes of the snapshot are no object"],
  ];
  for (const [document, message] of table) {
    await t.step(message, () => {
      assertEquals(assertThrows(() => readSnapshot(document), RunnerError, message).code, "flow.snapshot");
    });
  }
});
