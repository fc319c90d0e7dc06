/** The flows of a run as its directory has them. */

import { assertEquals } from "@std/assert";
import type { Json } from "../../lib/base/json.ts";
import { fromFlowsJson, type RecordedFlow, toFlowsJson } from "../../lib/record/flows_json.ts";

const FLOW: RecordedFlow = {
  id: "main",
  start: "a",
  nodes: [
    {
      id: "a",
      component: "component.exec",
      target: "echo",
      operation: "say",
      routes: [{ to: "a", on: ["again", "n > 1"], failure: false }, { to: null, on: [], failure: false }],
      calls: null,
    },
    {
      id: "b",
      component: "flow.goto",
      target: null,
      operation: null,
      routes: [],
      calls: { returns: false, flow: "other", node: null },
    },
  ],
};

Deno.test("fromFlowsJson() gives what toFlowsJson() took", () => {
  const json: Json = JSON.parse(JSON.stringify(toFlowsJson([FLOW])));
  assertEquals(fromFlowsJson(json), [FLOW]);
});

Deno.test("fromFlowsJson() knows no other version and no other shape", () => {
  const documents: Json[] = [null, [], {}, { version: 2, flows: [] }, { version: 1 }, {
    version: 1,
    flows: {},
  }];
  for (const json of documents) assertEquals(fromFlowsJson(json), undefined, JSON.stringify(json));
});

Deno.test("fromFlowsJson() leaves out what makes no sense", () => {
  const flows = [7, {
    nodes: ["x", { id: 1, routes: [null, { to: 5, on: "x", failure: "yes" }], calls: [] }],
  }];
  const node = { id: "", component: "", target: null, operation: null, calls: null };
  assertEquals(fromFlowsJson({ version: 1, flows }), [{
    id: "",
    start: "",
    nodes: [{ ...node, routes: [{ to: null, on: [], failure: false }] }],
  }]);
});
