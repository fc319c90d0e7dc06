import { assertEquals, assertThrows } from "@std/assert";
import { bindImports, camelCase } from "../../lib/component/bind.ts";
import { GuestFault } from "../../lib/component/guest_failure.ts";
import type { GuestComponent } from "../../lib/component/messages.ts";

Deno.test("camelCase() spells names as the glue does", () => {
  const cases = [["send", "send"], ["get-random-u64", "getRandomU64"], ["a-1-b", "a1B"], [
    "yield-now",
    "yieldNow",
  ]];
  for (const [name, spelled] of cases) assertEquals(camelCase(name!), spelled);
});

Deno.test("bindImports() gives WASI in any version and asks the host for all else", () => {
  const exit = { exit() {} }, asked: unknown[] = [];
  const component: GuestComponent = {
    key: "k",
    glueKey: "k",
    glue: "",
    cores: [],
    links: [],
    imports: [
      ["wasi:cli/exit@0.2.3", [], "wasi:cli/exit@0.2.3"],
      ["wasi:cli/exit@0.2.9", [], "wasi:cli/exit@0.2.9"],
      ["greentic:http/http-client@1.1.7", ["send"], "greentic:http/http-client@1.1.0"],
      ["greentic:host/kv-v1@1.0.0", ["get", "list-all"], "greentic:host/kv-v1@1.0.0"],
      ["greentic:interfaces-types/types@0.1.0", [], "greentic:interfaces-types/types@0.1.0"],
    ],
  };
  const imports = bindImports(component, { "wasi:cli/exit": exit }, (...args) => {
    asked.push(args);
    return 7;
  }) as Record<string, Record<string, (...args: unknown[]) => unknown>>;
  assertEquals(Object.keys(imports), component.imports.map(([name]) => name));
  for (const version of ["0.2.3", "0.2.9"]) {
    assertEquals(imports[`wasi:cli/exit@${version}`]!.exit, exit.exit);
  }
  assertEquals(Object.keys(imports["greentic:interfaces-types/types@0.1.0"]!), []);
  assertEquals(imports["greentic:http/http-client@1.1.7"]!.send!("a", undefined), 7);
  assertEquals(imports["greentic:host/kv-v1@1.0.0"]!.listAll!(), 7);
  assertEquals(asked, [
    ["greentic:http/http-client@1.1.0", "send", ["a", undefined]],
    ["greentic:host/kv-v1@1.0.0", "list-all", []],
  ]);
});

Deno.test("bindImports() ends the call for functions that the host lacks, also those that every object has", async (t) => {
  const component: GuestComponent = {
    ...{ key: "k", glueKey: "k", glue: "", cores: [], links: [] },
    imports: [
      ["wasi:cli/exit@0.2.3", [], "wasi:cli/exit@0.2.3"],
      ["greentic:host/kv-v1@1.0.0", ["get"], "greentic:host/kv-v1@1.0.0"],
    ],
  };
  const imports = bindImports(component, { "wasi:cli/exit": { exit() {} } }, () => 7) as Record<
    string,
    Record<string, unknown>
  >;
  for (const [name] of component.imports) {
    for (
      const [fn, spelled] of [["nope", "nope"], ["constructor", "constructor"], ["to-string", "toString"]]
    ) {
      await t.step(`${name} ${fn}`, () => {
        const { failure } = assertThrows(() => imports[name]![spelled!], GuestFault);
        assertEquals(
          [failure.code, failure.message],
          [
            "component.import_missing",
            `Component imports a function that "${name}" does not have here: "${fn}"`,
          ],
        );
      });
    }
  }
});
