import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import {
  callableWorlds,
  chooseWorld,
  type ComponentShape,
  readShape,
  withoutVersion,
} from "../../lib/component/world.ts";
import { fixture, runnerErrorOf, wat } from "./_helpers.ts";

const NODE_4 = "greentic:component/node@0.4.0";
const NODE_5 = "greentic:component/node@0.5.0";
const SCHEMA_CORE = "greentic:provider-schema-core/schema-core-api@1.0.0";
const RUNTIME = "greentic:component/runtime@0.6.1";

function shape(exports: readonly string[], imports: readonly string[] = []): ComponentShape {
  return { imports, exports };
}

Deno.test("readShape() reads the border of every fixture", async (t) => {
  const cases: [string, string[], string[]][] = [
    ["echo", [], [NODE_4]],
    ["echo5", ["greentic:interfaces-types/types@0.1.0"], [NODE_5]],
    ["greet", [], [NODE_5]],
    ["spin", [], [NODE_4]],
    ["spin-start", [], [NODE_4]],
    ["no-world", [], ["acme:unknown/thing@1.0.0"]],
    ["wants-more", ["acme:unknown/api@1.0.0", "greentic:http/http-client@9.0.0"], [NODE_4]],
    ["provider", ["greentic:secrets-store/secrets-store@1.0.0"], [SCHEMA_CORE]],
  ];
  for (const [name, imports, exports] of cases) {
    await t.step(name, async () => {
      assertEquals(readShape(await fixture(name), name), { imports, exports });
    });
  }
  await t.step("fails imports WASI", async () => {
    const { imports } = readShape(await fixture("fails"), "fails");
    assertEquals([...imports].sort(), [
      "wasi:cli/exit@0.2.6",
      "wasi:cli/stderr@0.2.6",
      "wasi:io/error@0.2.6",
      "wasi:io/streams@0.2.6",
    ]);
  });
});

Deno.test("readShape() skips every sort of import and export", async () => {
  const bytes = await wat(`(component
    (import "a-func" (func))
    (import "a-core" (core module))
    (import "a-type" (type (sub resource)))
    (import "acme:demo/a@1.0.0" (instance (export "f" (func (param "x" string)))))
    (import "a-component" (component))
    (component $inner (import "hidden" (func)))
    (core module $m)
    (type $t (list u8))
    (export "same" (func 0))
    (export "module" (core module $m))
    (export "list" (type $t))
    (export "acme:demo/b@2.0.0" (instance 0)))`);
  assertEquals(readShape(bytes, "x"), {
    imports: ["a-func", "a-core", "a-type", "acme:demo/a@1.0.0", "a-component"],
    exports: ["same", "module", "list", "acme:demo/b@2.0.0"],
  });
});

Deno.test("readShape() refuses what is no component", async (t) => {
  const cases: [string, Uint8Array, string][] = [
    ["a core module", await fixture("core-module"), "File is a core module, not a WebAssembly component"],
    ["an empty file", new Uint8Array(), "File is empty, not a WebAssembly component"],
    ["text", new TextEncoder().encode("(component)"), "no WebAssembly"],
  ];
  for (const [name, bytes, message] of cases) {
    await t.step(name, () => {
      const error = assertThrows(() => readShape(bytes, "c/x.wasm"), RunnerError, message);
      assertEquals(error.code, "component.not_component");
      assertEquals(error.place, "c/x.wasm");
      assertStringIncludes(error.hint!, "wasm32-wasip2");
    });
  }
});

Deno.test("readShape() throws nothing but a RunnerError, wherever a component ends", async (t) => {
  for (const name of ["echo", "provider", "wants-more"]) {
    await t.step(name, async () => {
      const bytes = await fixture(name);
      const codes = new Map<string, number>();
      for (let length = 0; length < bytes.length; length++) {
        const error = runnerErrorOf(() => readShape(bytes.subarray(0, length), "x"));
        const code = error?.code ?? "none";
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
      assertEquals(codes.get("component.not_component"), 8);
      // Only a cut between two sections leaves something that can be read.
      assert(codes.get("none")! < 100, `${codes.get("none")} cuts were not noticed`);
      assertEquals(codes.size, 3);
    });
  }
});

Deno.test("readShape() throws nothing but a RunnerError for changed bytes", async () => {
  const bytes = await fixture("wants-more");
  const copy = bytes.slice();
  for (let at = 8; at < bytes.length; at++) {
    for (const change of [0x01, 0x80, 0xff]) {
      copy[at] = bytes[at]! ^ change;
      runnerErrorOf(() => readShape(copy, "x"));
    }
    copy[at] = bytes[at]!;
  }
});

Deno.test("readShape() is not held up by a count that no file can hold", () => {
  const huge = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 10, 5, 255, 255, 255, 255, 15);
  assertEquals(runnerErrorOf(() => readShape(huge, "x"))?.code, "component.invalid");
});

Deno.test("callableWorlds() lists what flows can call, best first", () => {
  const ranked = [
    ["node-0.6", "greentic:component/node@0.6.0"],
    ["node-0.5", NODE_5],
    ["node-0.4", NODE_4],
    ["component-runtime", "greentic:component/component-runtime@0.6.0"],
    ["runtime", "greentic:component/runtime@0.6.1"],
    ["schema-core", SCHEMA_CORE],
    ["command", "wasi:cli/run@0.2.6"],
  ];
  const exports = ["other", ...ranked.map(([, name]) => name!).reverse()];
  assertEquals(
    callableWorlds(shape(exports)).map(({ family, interface: name }) => [family, name]),
    ranked,
  );
  for (
    const name of [
      "greentic:component/node@1.4.0",
      "greentic:component/node",
      "x-greentic:component/node@0.4.0",
      "greentic:component/node@0.4.0-rc.1",
      "greentic:component/component-descriptor@0.6.0",
      "wasi:cli/run@0.3.0",
    ]
  ) assertEquals(callableWorlds(shape([name])), [], name);
});

Deno.test("chooseWorld() follows the way of calling", async (t) => {
  const both = [NODE_4, SCHEMA_CORE];
  const older = "greentic:provider-core/schema-core-api@1.0.0";
  const cases: [string, string[], "component" | "provider", string][] = [
    ["a node for a component", both, "component", NODE_4],
    ["schema-core for a provider", both, "provider", SCHEMA_CORE],
    ["the older name of schema-core", [older], "provider", older],
    ["a node when there is no schema-core", [NODE_4], "provider", NODE_4],
    ["schema-core when there is no node", [SCHEMA_CORE], "component", SCHEMA_CORE],
    ["the newer node", [NODE_4, NODE_5], "component", NODE_5],
    ["a runtime before schema-core", [SCHEMA_CORE, RUNTIME], "component", RUNTIME],
    ["schema-core before a runtime for a provider", [RUNTIME, SCHEMA_CORE], "provider", SCHEMA_CORE],
    ["a command when there is nothing else", ["wasi:cli/run@0.2.3"], "component", "wasi:cli/run@0.2.3"],
  ];
  for (const [name, exports, via, expected] of cases) {
    await t.step(name, () => assertEquals(chooseWorld(shape(exports), via, "x").interface, expected));
  }
  await t.step("nothing to call", () => {
    const error = assertThrows(
      () => chooseWorld(shape(["acme:a/b@1.0.0", "run"]), "component", "c/x.wasm"),
      RunnerError,
      'it exports "acme:a/b@1.0.0", "run"',
    );
    assertEquals([error.code, error.place], ["component.world", "c/x.wasm"]);
    assertThrows(() => chooseWorld(shape([]), "provider", "x"), RunnerError, "it exports nothing");
  });
});

Deno.test("withoutVersion() cuts at the first @", () => {
  assertEquals(withoutVersion("a:b/c@1.0.0"), "a:b/c");
  assertEquals(withoutVersion("run"), "run");
});
