import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import {
  callableWorlds,
  chooseWorld,
  type ComponentShape,
  isOffered,
  missingImports,
  missingImportsError,
  readShape,
  withoutVersion,
} from "../../lib/component/world.ts";
import { fixture, OFFERS_WITH_WASI, runnerErrorOf, wat } from "./_helpers.ts";

const NODE_4 = "greentic:component/node@0.4.0";
const NODE_5 = "greentic:component/node@0.5.0";
const SCHEMA_CORE = "greentic:provider-schema-core/schema-core-api@1.0.0";

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
    ["an empty file", new Uint8Array(), "starts with 0 bytes that are no WebAssembly"],
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

Deno.test("callableWorlds() lists node 0.5, node 0.4, then schema-core", () => {
  const exports = [SCHEMA_CORE, "other", NODE_4, NODE_5, "greentic:component/node@0.6.0"];
  assertEquals(callableWorlds(shape(exports)), [
    { family: "node-0.5", interface: NODE_5 },
    { family: "node-0.4", interface: NODE_4 },
    { family: "schema-core", interface: SCHEMA_CORE },
  ]);
  for (
    const name of [
      "greentic:component/node@1.4.0",
      "greentic:component/node",
      "x-greentic:component/node@0.4.0",
      "greentic:component/node@0.4.0-rc.1",
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

Deno.test("isOffered() takes WASI 0.2 in any patch version, all else exactly", async (t) => {
  const cases: [string, boolean][] = [
    ["wasi:io/error@0.2.0", true],
    ["wasi:io/error@0.2.99", true],
    ["wasi:io/error@0.3.0", false],
    ["wasi:io/error@0.2.0-rc", false],
    ["wasi:io/error", false],
    ["wasi:io/other@0.2.0", false],
    ["greentic:http/http-client@1.1.0", true],
    ["greentic:http/http-client@1.1.1", false],
    ["greentic:http/http-client", false],
  ];
  for (const [name, offered] of cases) {
    await t.step(name, () => assertEquals(isOffered(name, OFFERS_WITH_WASI), offered));
  }
});

Deno.test("missingImports() names all that is missing, with the nearest version on offer", async () => {
  const missing = missingImports(readShape(await fixture("wants-more"), "x"), OFFERS_WITH_WASI);
  assertEquals(missing, [
    { name: "acme:unknown/api@1.0.0" },
    { name: "greentic:http/http-client@9.0.0", nearest: "greentic:http/http-client@1.1.0" },
  ]);
  const error = missingImportsError(missing, "c/x.wasm");
  assertEquals([error.code, error.place], ["component.import_missing", "c/x.wasm"]);
  assertStringIncludes(
    error.message,
    "acme:unknown/api@1.0.0, greentic:http/http-client@9.0.0 (offered: greentic:http/http-client@1.1.0)",
  );
  assertStringIncludes(error.hint!, "Rebuild");
  assertStringIncludes(missingImportsError(missing.slice(0, 1), "x").hint!, "Remove");
  assertEquals(missingImports(readShape(await fixture("host-user"), "x"), OFFERS_WITH_WASI), []);
});

Deno.test("withoutVersion() cuts at the first @", () => {
  assertEquals(withoutVersion("a:b/c@1.0.0"), "a:b/c");
  assertEquals(withoutVersion("run"), "run");
});
