import { assertEquals, assertStringIncludes } from "@std/assert";
import { MissingImports, nearestOffer, offerFor, unofferedImports } from "../../lib/component/imports.ts";
import { readShape } from "../../lib/component/world.ts";
import { fixture, OFFERS_WITH_WASI } from "./_helpers.ts";

Deno.test("offerFor() takes the same version or another patch of it", async (t) => {
  const http = "greentic:http/http-client@1.1.0";
  const cases: [string, string | undefined][] = [
    ["wasi:io/error@0.2.0", "wasi:io/error@0.2"],
    ["wasi:io/error@0.2.99", "wasi:io/error@0.2"],
    ["wasi:io/error@0.3.0", undefined],
    ["wasi:io/error@0.20.0", undefined],
    ["wasi:io/error@0.2.0-rc", undefined],
    ["wasi:io/error", undefined],
    ["wasi:io/other@0.2.0", undefined],
    [http, http],
    ["greentic:http/http-client@1.1.1", http],
    ["greentic:http/http-client@1.2.0", undefined],
    ["greentic:http/http-client@1.10.0", undefined],
    ["greentic:http/http-client", undefined],
  ];
  for (const [name, offer] of cases) {
    await t.step(name, () => assertEquals(offerFor(name, OFFERS_WITH_WASI), offer));
  }
});

Deno.test("unofferedImports() names what the host does not offer", async () => {
  const shape = readShape(await fixture("wants-more"), "x");
  assertEquals(unofferedImports(shape, OFFERS_WITH_WASI), [
    "acme:unknown/api@1.0.0",
    "greentic:http/http-client@9.0.0",
  ]);
  assertEquals(unofferedImports(readShape(await fixture("greet"), "x"), OFFERS_WITH_WASI), []);
});

Deno.test("nearestOffer() gives the highest version of the same interface", () => {
  const offers = ["a:b/c@1.9.0", "a:b/c@1.10.0", "a:b/c@0.99.0", "a:b/d@2.0.0"];
  assertEquals(nearestOffer("a:b/c@9.0.0", offers), "a:b/c@1.10.0");
  assertEquals(nearestOffer("a:b/e@1.0.0", offers), undefined);
});

Deno.test("MissingImports is one table of all components", () => {
  const http = "greentic:http/http-client@9.0.0", nearest = "greentic:http/http-client@1.1.0";
  const one = new MissingImports([{ entry: "c/x.wasm", name: "acme:unknown/api@1.0.0" }]);
  assertEquals([one.code, one.place], ["component.import_missing", "c/x.wasm"]);
  assertStringIncludes(one.message, "acme:unknown/api@1.0.0");
  assertStringIncludes(one.hint!, "Remove");
  assertEquals(one.rows, ["acme:unknown/api@1.0.0  nothing of that name"]);

  const many = new MissingImports([
    { entry: "c/x.wasm", name: http, nearest },
    { entry: "c/long.wasm", name: "a:b/c@1.0.0", exporters: ["c/p.wasm", "c/q.wasm"] },
  ]);
  assertEquals([many.message, many.place], [
    "2 components import what nobody offers here",
    "c/x.wasm, c/long.wasm",
  ]);
  assertEquals(many.rows, [
    `c/x.wasm     ${http}  offered: ${nearest}`,
    "c/long.wasm  a:b/c@1.0.0                      exported by c/p.wasm and c/q.wasm",
  ]);
  assertStringIncludes(many.hint!, "Keep one");
  assertStringIncludes(new MissingImports([{ entry: "x", name: http, nearest }]).hint!, "Rebuild");
  const both = [{ entry: "x", name: http, nearest }, { entry: "x", name: "acme:unknown/api@1.0.0" }];
  assertStringIncludes(new MissingImports(both).hint!, "versions; remove imports");
});
