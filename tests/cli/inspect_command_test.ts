/** `inspect` as text: what people read of a pack. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { sha256Hex } from "../../lib/base/digest.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { component } from "../_sources.ts";
import { newSpec, sourceRow, sourcesExtension, write } from "../pack/_packs.ts";
import { callMain } from "./_helpers.ts";

const CACHE = sharedCache();

/** The lines of one section of what was printed, without its indent. */
function section(stdout: string, title: string): string[] {
  const lines = stdout.split("\n"), start = lines.indexOf(`${title}:`) + 1;
  const end = lines.indexOf("", start);
  return lines.slice(start, end).map((line) => line.slice(2));
}

Deno.test("inspect shows file, size, digest, world and imports of each component", async () => {
  const { code, stdout, stderr } = await callMain(["inspect", packPath("demo.gtpack")]);
  assertEquals([code, stderr], [0, ""]);
  const expected: string[] = [];
  const imports = {
    "greet": [],
    "host-user": [
      ...["greentic:interfaces-types/types@0.1.0", "greentic:http/http-client@1.1.0"],
      ...["greentic:secrets-store/secrets-store@1.0.0", "greentic:state/state-store@1.0.0"],
      ...["greentic:telemetry/logger-api@1.0.0", "greentic:host/kv-v1@1.0.0"],
      "greentic:component/control@0.5.0",
    ],
  };
  for (const [id, wanted] of Object.entries(imports)) {
    const bytes = await component(id);
    const rows = [
      ["file", `components/${id}.wasm, ${bytes.length} bytes`],
      ["digest", `sha256:${await sha256Hex(bytes)}`],
      ["world", "greentic:component/node@0.5.0"],
      ...(wanted.length === 0 ? [] : [["imports", wanted.join(", ")]]),
    ];
    const width = Math.max(...rows.map(([name = ""]) => name.length));
    expected.push(`${id} 0.1.0`, ...rows.map(([name = "", value]) => `  ${name.padEnd(width)}  ${value}`));
  }
  assertEquals(section(stdout, "components"), expected);
});

Deno.test("inspect shows identity, verdicts and routes of a pack", async () => {
  const { stdout } = await callMain(["inspect", packPath("demo.gtpack")]);
  assertEquals(stdout.split("\n")[0], 'demo 0.1.0  "Demo"');
  const [, digest] = /^digest {2}(\S+)$/m.exec(stdout) ?? [];
  assertEquals(digest, `sha256:${await sha256Hex(await Deno.readFile(packPath("demo.gtpack")))}`);
  assertEquals(section(stdout, "verification").map((line) => line.split(/ {2,}/)[1]), [
    ...["container", "sbom", "signature", "certificate", "trust", "manifest"],
  ]);
  assertEquals(section(stdout, "flows"), [
    "demo (messaging, entry), starts at greet",
    "  greet     greet greet            -> remember",
    "  remember  host-user state-write  -> recall",
    "  recall    host-user state-read   -> reply",
    "  reply     emit.response          end",
  ]);
});

Deno.test("inspect shows what pins a component, where it can be had, and that it is absent", async (t) => {
  await using temp = await tempFolder();
  const digest = `sha256:${"0".repeat(64)}`;
  const extensions = sourcesExtension([sourceRow(digest, "remote")]);
  const path = await write(`${temp.path}/x.gtpack`, await buildPack(newSpec({ components: [], extensions })));
  await t.step("absent", async () => {
    const { code, stdout } = await callMain(["inspect", path]);
    assertEquals(code, 0);
    const lines = section(stdout, "components");
    assertEquals(lines.slice(0, 4), [
      "demo.ask 0.0.0",
      "  file       components/demo.ask.wasm, absent",
      `  pinned     ${digest}, by the table`,
      "  reference  oci://r/ask@sha256:1",
    ]);
  });
  await t.step("another in its place", async () => {
    const map = `demo.ask=${await write(`${temp.path}/mine.wasm`, await component("greet"))}`;
    const { code, stdout, stderr } = await callMain(["inspect", path, "--components-map", map]);
    assertEquals([code, stdout], [3, ""]);
    assertStringIncludes(stderr, 'error[verify.component_digest]: Component "demo.ask" is not the one');
  });
});

Deno.test("inspect asks a component without a pack, no longer than it is told", async () => {
  const path = decodeURIComponent(
    new URL("../../fixtures/components/spin-start/spin-start.wasm", import.meta.url).pathname,
  );
  const begin = performance.now();
  const args = ["inspect", path, "--node-timeout", "200", "--cache-dir", CACHE];
  const { code, stdout } = await callMain(args);
  assertEquals(code, 0);
  assertStringIncludes(stdout, 'problem  its operations are not known: Node "describe" exceeds the limit');
  assertEquals(performance.now() - begin < 10_000, true);
});
