/**
 * What every component host must do with each world: what guests get, what is made of their answers, what they see of
 * WASI, and how they are linked to each other. One list of demands, run over each host.
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Invocation, Outcome } from "../../lib/base/call.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import type { ComponentHostOptions } from "../../lib/component/component.ts";
import type { WasiGrants } from "../../lib/component/messages.ts";
import { Files } from "../../lib/host/files/files.ts";
import { ReadOnlyTree } from "../../lib/host/files/read_only_tree.ts";
import { answering, files, hostOptions, invocation, logged, NO_WASI, SCHEMA_CORE, wat } from "./_helpers.ts";
import { endingOf, outputOf, type StartHost } from "./host_suite.ts";

const NEVER = new AbortController().signal;

const WIDE = {
  tenant: "acme",
  team: "blue",
  user: "ann",
  correlation_id: "s-1",
  flow_id: "main",
  node_id: "ask",
  attempt: 2,
  idempotency_key: "s-1:main:ask",
};

/** Runs the suite. */
export function worldsSuite(name: string, start: StartHost): void {
  async function once(call: Invocation, changes: Partial<ComponentHostOptions> = {}) {
    const { options, events } = hostOptions({ components: files([call.component]), ...changes });
    await using started = start(options);
    return { outcome: await started.host.invoke(call, NEVER), events };
  }

  Deno.test(`${name} calls components of every world`, async (t) => {
    const error = { code: "E_DEMO", message: "demanded", retryable: true, backoff_ms: 10 };
    const refused = {
      code: "COMPONENT_INVOCATION_FAILED",
      message: '{"reason":"refused"}',
      retryable: false,
    };
    const cases: [component: string, operation: string, input: Json, output: Json, via?: "provider"][] = [
      ["plain5", "any", { a: "é" }, { a: "é" }],
      ["plain5", "context", {}, WIDE],
      ["node6", "any", { a: [1, -2, 1.5, null, true, "é😀"] }, { a: [1, -2, 1.5, null, true, "é😀"] }],
      ["node6", "any", null, null],
      ["node6", "empty", {}, null],
      ["node6", "text", {}, "not cbor"],
      ["node6", "fail", {}, { ok: false, error: { ...error, details: { why: "asked" } } }],
      ["node6", "refuse", {}, { ok: false, error: refused }],
      [
        "node6",
        "context",
        {},
        {
          tenant_id: "acme",
          env_id: "local",
          trace_id: "",
          correlation_id: "s-1",
          i18n_id: "",
          team_id: "blue",
          user_id: "ann",
          idempotency_key: "s-1:main:ask",
          deadline: "18446744073709551615",
          flow_id: "main",
          step_id: "ask",
          component_id: "node6",
          attempt: 2,
        },
      ],
      ["runtime6", "any", { a: 1 }, { input: { a: 1 }, state: {} }],
      ["runtime61", "run", { a: 1 }, { op: "run", input: { a: 1 } }],
      ["runtime61", "json", {}, { json: true }],
      ["runtime61", "any", {}, { via: "schema-core" }, "provider"],
    ];
    for (const [component, operation, input, output, via = "component"] of cases) {
      await t.step(`${component} ${operation} via ${via}`, async () => {
        const { outcome } = await once(invocation(component, operation, { input, via, attempt: 2 }));
        assertEquals(outputOf(outcome), output);
      });
    }
    await t.step("node6 answers with what has no form in JSON", async () => {
      const { outcome } = await once(invocation("node6", "bytes"));
      assertEquals(endingOf(outcome), "error node.output");
      assertStringIncludes(failureText(outcome), 'node6\\" answered with CBOR');
    });
    await t.step("node6 gets more than fits", async () => {
      const limits = { ...DEFAULT_LIMITS, maxValueBytes: 1000 };
      const { outcome } = await once(invocation("node6", "any", { input: "x".repeat(1001) }), { limits });
      assertEquals(endingOf(outcome), "error limit.value");
      assertStringIncludes(failureText(outcome), "Input of the component");
    });
  });

  Deno.test(`${name} asks components of every world to describe themselves`, async (t) => {
    const cases: [component: string, named: string][] = [
      ["plain5", "{}"],
      ["node6", '"name":"node6"'],
      ["node6", '"ops":[{"name":"echo"'],
      ["runtime6", '{"operations":["run"]}'],
      ["runtime61", '{"operations":["any","json"]}'],
      ["provider", '"demo.provider"'],
      ["command", "null"],
    ];
    for (const [component, named] of cases) {
      await t.step(component, async () => {
        const { outcome } = await once(invocation(component, "", { describe: true }));
        assertStringIncludes(JSON.stringify(outputOf(outcome)), named);
      });
    }
  });

  Deno.test(`${name} links a component to another of the pack`, async (t) => {
    const components = files(["adapter", "router"]);
    const call = (operation: string, input: Json) => invocation("adapter", operation, { input });
    const cases: [operation: string, input: Json, output: Json][] = [
      ["call", { tool: "echo", arguments: "hi é" }, { ok: true, content: "hi é" }],
      ["list", {}, ["echo", "loop"]],
      ["call", { tool: "none" }, {
        ok: false,
        error: { code: "MCP_TOOL_ERROR", message: "none", retryable: false },
      }],
    ];
    for (const [operation, input, output] of cases) {
      await t.step(`${operation} ${JSON.stringify(input)}`, async () => {
        const { outcome } = await once(call(operation, input), { components });
        assertEquals(outputOf(outcome), output);
        assert(outcome.metrics.memoryPeakBytes! >= 2 * 65536, "both memories are counted");
      });
    }
    await t.step("and meters both together", async () => {
      const limits = { ...DEFAULT_LIMITS, nodeTimeoutMs: 150 };
      const { outcome } = await once(call("call", { tool: "loop" }), { components, limits });
      assertEquals(endingOf(outcome), "timed_out node.timeout");
    });
    await t.step("but not when none exports what it imports", async () => {
      const { outcome } = await once(call("list", {}), { components: files(["adapter", "echo"]) });
      assertEquals(endingOf(outcome), "error component.import_missing");
    });
    await t.step("nor when several do", async () => {
      const [router] = files(["router"]);
      const twins = [...components, { ...router!, id: "other", entry: "components/other.wasm" }];
      const { outcome } = await once(call("list", {}), { components: twins });
      assertEquals(endingOf(outcome), "error component.import_missing");
      assertStringIncludes(
        failureText(outcome),
        "exported by components/router.wasm and components/other.wasm",
      );
    });
  });

  Deno.test(`${name} makes one instance of each linked component, however many ways lead to it`, async () => {
    // Every component imports two interfaces of the next: there are 2^20 ways from the first to the last.
    const chain = await Promise.all(Array.from({ length: 21 }, async (_, index) => {
      const wish = (letter: string) => `acme:chain/${letter}${index + 1}@1.0.0`;
      const imports = index === 20 ? [] : [wish("a"), wish("b")];
      const exports = [`acme:chain/a${index}@1.0.0`, `acme:chain/b${index}@1.0.0`];
      return [`c${index}`, await relay(imports, exports)] as const;
    }));
    const limits = { ...DEFAULT_LIMITS, maxCoreInstances: 21 };
    const { options } = hostOptions({ components: files([], Object.fromEntries(chain)), limits });
    await using started = start(options);
    const uses = await started.host.prepare([{ id: "c0", via: "component" }]);
    assertEquals(uses.map(({ id }) => id), chain.map(([id]) => id));
    const outcome = await started.host.invoke(invocation("c0", "any"), NEVER);
    assertEquals(outputOf(outcome), null);
  });

  Deno.test(`${name} refuses components that are linked in a circle, whoever is called`, async (t) => {
    const [left, right] = ["acme:ring/left@1.0.0", "acme:ring/right@1.0.0"];
    const components = files([], {
      left: await relay([right], [left]),
      right: await relay([left], [right]),
    });
    for (const ids of [["left"], ["left", "right"]]) {
      await t.step(ids.join(" and "), async () => {
        const { options } = hostOptions({ components });
        await using started = start(options);
        const error: RunnerError = await assertRejects(
          () => started.host.prepare(ids.map((id) => ({ id, via: "component" as const }))),
          RunnerError,
          "in a circle: left > right > left",
        );
        assertEquals(error.code, "component.invalid");
      });
    }
  });

  Deno.test(`${name} refuses answers of another type than the world's`, async (t) => {
    const types = ["(list string)", "(list u16)", "(list bool)", "string", "(tuple u32 u32)"];
    for (const type of types) {
      await t.step(type, async () => {
        const components = files([], { foreign: await answering(type) });
        const { outcome } = await once(invocation("foreign", "any"), { components });
        assertEquals(endingOf(outcome), "error node.output");
        assertStringIncludes(failureText(outcome), "a foreign type, where its world has bytes");
      });
    }
  });

  Deno.test(`${name} runs commands`, async (t) => {
    const cases: [operation: string, input: Json, output: Json][] = [
      ["run", null, "hello stdout"],
      ["args", null, ["command", "args"]],
      ["args", { args: ["x y", 7, "z", true] }, ["command", "args", "x y", "7", "z", "true"]],
      ["env", {}, {}],
      ["cat", { a: 1 }, { a: 1 }],
      ["cat", "text", "text"],
      ["cat", { stdin: "from here" }, "from here"],
      ["cat", { stdin: [1] }, [1]],
      ["cat", null, null],
      ["exit", null, "left"],
    ];
    for (const [operation, input, output] of cases) {
      await t.step(`${operation} ${JSON.stringify(input)}`, async () => {
        assertEquals(outputOf((await once(invocation("command", operation, { input }))).outcome), output);
      });
    }
    await t.step("with the environment and arguments of the run", async () => {
      const wasi: WasiGrants = { ...NO_WASI, environment: [["A", "1"], ["B", ""]], arguments: ["env", "-v"] };
      const { outcome } = await once(invocation("command", "run", { input: null }), { wasi });
      assertEquals(outputOf(outcome), { A: "1", B: "" });
    });
    await t.step("but not with arguments that are no list", async () => {
      const { outcome } = await once(invocation("command", "args", { input: { args: "abc" } }));
      assertEquals(endingOf(outcome), "error node.payload");
      assertStringIncludes(failureText(outcome), "args");
    });
    for (const operation of ["fail", "exit-bad"]) {
      await t.step(`${operation} is a failure`, async () => {
        const { outcome, events } = await once(invocation("command", operation));
        assertEquals(endingOf(outcome), "error trap.exit");
        if (operation === "fail") {
          assertStringIncludes(failureText(outcome), "went wrong");
          assertEquals(logged(events, "stderr"), "went wrong");
        }
      });
    }
    await t.step("and logs what they write", async () => {
      const { events } = await once(invocation("command", "run", { input: null }));
      assertEquals([logged(events, "stdout"), logged(events, "stderr")], ["hello stdout", "hello stderr"]);
    });
  });

  Deno.test(`${name} gives guests their folders`, async (t) => {
    const given = new Map([["setup.yaml", "a: 1\n"], ["deep/er/x.txt", "é".repeat(100_000)], ["empty", ""]]);
    const held = Array.from(given, ([path, text]) => {
      const bytes = new TextEncoder().encode(text);
      return { path, size: bytes.length, read: () => bytes };
    });
    const folders = new Files([{ guest: "/assets", readOnly: true, tree: new ReadOnlyTree(held) }]);
    const wasi: WasiGrants = { ...NO_WASI, preopens: [{ guest: "/assets", readOnly: true }] };
    const asked: string[] = [];
    const cases: [args: readonly string[], output: Json][] = [
      [["preopens"], ["/assets"]],
      [["read", "/assets", "setup.yaml"], "a: 1\n"],
      [["read", "/assets", "./deep/../setup.yaml"], "a: 1\n"],
      [["read", "/assets", "deep/er/x.txt"], "é".repeat(100_000)],
      [["read", "/assets", "empty"], null],
      [["stat", "/assets", "setup.yaml"], { type: "regular-file", size: 5 }],
      [["ls", "/assets", "."], ["setup.yaml", "deep", "empty"]],
      [["ls", "/assets", "deep"], ["er"]],
      [["read", "/assets", "absent"], "error: no-entry"],
      [["read", "/assets", "../secret"], "error: not-permitted"],
      [["read", "/assets", "/etc/passwd"], "error: not-permitted"],
      [["read", "/assets", "deep"], "error: is-directory"],
      [["ls", "/assets", "setup.yaml"], "error: not-directory"],
      [["write", "/assets", "new", "x"], "error: read-only"],
      [["mkdir", "/assets", "new"], "error: read-only"],
      [["rm", "/assets", "setup.yaml"], "error: read-only"],
      [["mv", "/assets", "setup.yaml", "other"], "error: read-only"],
      [["read", "/other", "x"], "error: no-preopen"],
    ];
    for (const [args, output] of cases) {
      await t.step(args.join(" "), async () => {
        const { outcome } = await once(invocation("command", "run", { input: { args } }), {
          wasi,
          answer(call) {
            asked.push(call.fn);
            const answer = folders.answer(call);
            return answer instanceof Promise ? answer.then(({ reply }) => reply) : answer.reply;
          },
        });
        assertEquals(outputOf(outcome), output);
      });
    }
    assert(asked.filter((operation) => operation === "read").length < 12, "reads go in large pieces");
  });

  Deno.test(`${name} gives guests pretended clocks and randomness when it is told to`, async () => {
    const wasi: WasiGrants = { ...NO_WASI, clock: { nowMs: 86_400_000, advanceMs: 0 }, seed: "7" };
    const results: Json[] = [];
    for (const nodeId of ["a", "a", "b"]) {
      const { outcome } = await once(invocation("host-user", "random", { nodeId }), { wasi });
      results.push(outputOf(outcome));
    }
    assertEquals(results[0], results[1]);
    assert(JSON.stringify(results[0]) !== JSON.stringify(results[2]));
    const { outcome } = await once(invocation("host-user", "clock"), { wasi });
    assertEquals(outputOf(outcome), { seconds: 86_400, nanoseconds: 0 });
    // More than the node's time: waits on a pretended clock take none.
    const slept = await once(invocation("greedy", "sleep", { input: 60_000 }), { wasi });
    assertEquals(outputOf(slept.outcome), { ok: true });
  });

  Deno.test(`${name} lets guests leave by themselves when they are told to stop`, async (t) => {
    const limits = { ...DEFAULT_LIMITS, nodeTimeoutMs: 100 };
    await t.step("with an answer", async () => {
      const { outcome } = await once(invocation("polite", "loop"), { limits });
      assertEquals(outputOf(outcome), { stopped: true });
    });
    await t.step("and stops those that stay", async () => {
      const { outcome } = await once(invocation("polite", "stubborn"), { limits });
      assertEquals(endingOf(outcome), "timed_out node.timeout");
    });
    await t.step("but says no before that", async () => {
      assertEquals(outputOf((await once(invocation("polite", "ask"))).outcome), { cancel: false });
    });
  });

  Deno.test(`${name} holds the limits on what guests take`, async (t) => {
    const MB = 1024 * 1024;
    const cases: [string, string, Json, Partial<typeof DEFAULT_LIMITS>, string, string][] = [
      [
        "greedy-table",
        "table",
        {},
        { maxTableElements: 5000 },
        "error limit.table",
        "maxTableElements of 5000",
      ],
      ["greedy-table", "table-fill", {}, { nodeTimeoutMs: 150 }, "timed_out node.timeout", "nodeTimeoutMs"],
      ["greedy", "copy", {}, { nodeTimeoutMs: 150 }, "timed_out node.timeout", "nodeTimeoutMs of 150"],
      ["greedy", "copy", {}, { maxMemoryBytes: 8 * MB }, "error limit.memory", "maxMemoryBytes"],
      ["greedy", "handles", {}, { maxHandles: 50 }, "error limit.handles", "maxHandles of 50"],
      ["greedy", "calls", {}, { maxHostCalls: 50 }, "error limit.host_calls", "maxHostCalls of 50"],
      ["greedy", "args", 2000, { maxValueBytes: 1000 }, "error limit.value", "maxValueBytes of 1000"],
      ["greedy", "random", 2000, { maxValueBytes: 1000 }, "error limit.value", "random bytes"],
      ["greedy", "sleep", 60_000, { nodeTimeoutMs: 150 }, "timed_out node.timeout", "nodeTimeoutMs of 150"],
      ["many-cores", "any", {}, {}, "error limit.instances", "maxCoreInstances of 64"],
    ];
    for (const [component, operation, input, changes, ending, message] of cases) {
      await t.step(`${component} ${operation} ends with ${ending}`, async () => {
        const limits = { ...DEFAULT_LIMITS, ...changes };
        const call = invocation(component, operation, { input });
        const { outcome } = await once(call, { limits });
        assertEquals(endingOf(outcome), ending);
        assertStringIncludes(failureText(outcome), message);
        assertStringIncludes(failureText(outcome), "--");
      });
    }
    await t.step("and lets pass what is within them", async () => {
      const limits = { ...DEFAULT_LIMITS, maxCoreInstances: 70 };
      const small = { ...DEFAULT_LIMITS, maxMemoryBytes: 4 * MB };
      assertEquals(
        outputOf((await once(invocation("greedy", "grow-quietly"), { limits: small })).outcome),
        "stopped",
      );
      assertEquals(outputOf((await once(invocation("greedy", "random", { input: 100 }))).outcome), 100);
      assertEquals(outputOf((await once(invocation("many-cores", "any"), { limits })).outcome), {});
    });
  });
}

/** All that a failure says. */
function failureText(outcome: Outcome): string {
  return outcome.status === "ok" ? "" : JSON.stringify(outcome.failure);
}

/** A provider that imports and exports interfaces of one function `go`, and calls none of them. */
function relay(imports: readonly string[], exports: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  return wat(`(component
    ${imports.map((name) => `(import "${name}" (instance (export "go" (func))))`).join("\n")}
    (core module $m
      (memory (export "m") 1)
      (func (export "go"))
      (func (export "f") (result i32) (i32.const 0)))
    (core instance $i (instantiate $m))
    (alias core export $i "m" (core memory $memory))
    (func $go (canon lift (core func $i "go")))
    (instance $relay (export "go" (func $go)))
    ${exports.map((name) => `(export "${name}" (instance $relay))`).join("\n")}
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $memory)))
    (instance $provider (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $provider)))`);
}
