/** Opening packs: from every kind of source, with every kind of finding. */

import { assert, assertEquals, assertNotStrictEquals, assertRejects } from "@std/assert";
import { decodeCbor, encodeCbor } from "../../lib/base/cbor.ts";
import { sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { type Json, type JsonObject, omit } from "../../lib/base/json.ts";
import type { Verdict } from "../../lib/base/verdict.ts";
import { buildPack, packFiles } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import type { Pack } from "../../lib/pack/pack.ts";
import { PackRefused } from "../../lib/pack/verify.ts";
import { DEVOK, legacySpec, LIMITS, must, newSpec, sourcesExtension, tampered, UTF8 } from "./_packs.ts";
import { rawZip } from "./_raw_zip.ts";

/** Takes the digests out of a manifest of the older layout, so that files may be changed. */
function withoutHashes(files: Map<string, Uint8Array>): void {
  const manifest = decodeCbor(must(files.get("manifest.cbor"))) as { [key: string]: JsonObject[] };
  const flows = must(manifest["flows"]).map((flow) => omit(flow, ["hash_blake3"]));
  files.set("manifest.cbor", encodeCbor({ ...manifest, flows } as Json, { order: "given" }));
}

/** What a pack says, without where it came from. */
async function content(pack: Pack): Promise<unknown> {
  const files = pack.entries.map(({ name }) => name).sort();
  return {
    meta: [pack.id, pack.version, pack.name, pack.kind, pack.publisher, pack.layout, pack.entryFlows],
    flows: pack.flows,
    components: await Promise.all(
      pack.components.map(async (part) => [part.id, part.entry, await part.bytes()]),
    ),
    files: await Promise.all(files.map(async (name) => [name, await pack.read(name)])),
  };
}

Deno.test("openPack() reads a file, a folder, bytes and a map alike", async () => {
  for (const spec of [newSpec(), legacySpec()]) {
    const folder = await Deno.makeTempDir();
    try {
      const files = await packFiles(spec), archive = await buildPack(spec);
      for (const [name, bytes] of files) {
        await Deno.mkdir(`${folder}/pack/${name.split("/").slice(0, -1).join("/")}`, { recursive: true });
        await Deno.writeFile(`${folder}/pack/${name}`, bytes);
      }
      await Deno.writeFile(`${folder}/x y.gtpack`, archive);
      const fromFile = await openPack(`${folder}/x y.gtpack`, DEVOK);
      const address = new URL(`file://${folder}/x%20y.gtpack`);
      const fromFolder = await openPack(`${folder}/pack`, DEVOK),
        fromAddress = await openPack(address, DEVOK);
      const fromBytes = await openPack(archive, DEVOK), fromMap = await openPack(files, DEVOK);
      for (const pack of [fromFolder, fromBytes, fromMap, fromAddress]) {
        assertEquals(await content(pack), await content(fromFile));
      }
      assertEquals(fromFile.source, { kind: "zip", label: `${folder}/x y.gtpack`, bytes: archive.length });
      assertEquals([fromFolder.source.kind, fromBytes.source.kind, fromMap.source.kind], [
        "folder",
        "memory",
        "memory",
      ]);
      assertEquals(fromAddress.source.label, fromFile.source.label);
      assertEquals([fromFile.digest, fromBytes.digest], Array(2).fill(`sha256:${await sha256Hex(archive)}`));
      assertEquals(fromFolder.digest, fromMap.digest);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("openPack() gives back what was built", async () => {
  const spec = newSpec({ secretRequirements: [{ key: "TOKEN", required: true, description: "d" }] });
  const pack = await openPack(await buildPack(spec), DEVOK);
  assertEquals([pack.id, pack.version, pack.name, pack.kind], ["demo.pack", "1.2.3", "Demo", "application"]);
  assertEquals(pack.secrets, [{ key: "TOKEN", required: true, description: "d" }]);
  const [flow] = pack.flows;
  assertEquals([flow?.id, flow?.form, flow?.place], ["main", "compiled", "manifest.cbor flows[0]"]);
  const given = spec.flows[0]?.document["nodes"] as JsonObject[];
  const read = (flow?.document as JsonObject)["nodes"] as JsonObject[];
  assertEquals(
    read.map((node) => [node["id"], node["component"], node["routing"]]),
    given.map((node) => [node["id"], node["component"], node["routing"]]),
  );
  const [component] = pack.components;
  assertEquals([component?.id, component?.world, component?.size], ["demo.ask", "demo:ask/node@0.4.0", 8]);
  assertEquals(await component?.bytes(), UTF8.encode("\0asm-ask"));
  assertEquals([pack.flowFindings, pack.componentFindings], [[], []]);
  assertEquals(pack.source.label, "memory");
});

Deno.test("openPack() hands out authored flows of the older layout", async () => {
  const pack = await openPack(await buildPack(legacySpec({ description: "d" })), DEVOK);
  assertEquals([pack.layout, pack.description, pack.publisher, pack.entryFlows], ["legacy", "d", "Nobody", [
    "main",
  ]]);
  const document = legacySpec().flows[0]?.document as Json;
  const entry = "flows/main/flow.json", entries = { document: entry, yaml: "flows/main/flow.ygtc" };
  assertEquals(pack.flows, [{ id: "main", form: "authored", document, place: entry, entries }]);
  assertEquals(pack.components[0]?.entry, "components/demo.ask@0.1.0/component.wasm");
});

Deno.test("openPack() keeps what was verified, whoever changes it", async () => {
  const archive = await buildPack(newSpec());
  const files = await packFiles(newSpec());
  const packs = [await openPack(archive, DEVOK), await openPack(files, DEVOK)];
  archive.fill(0);
  for (const bytes of files.values()) bytes.fill(0);
  for (const pack of packs) {
    (await pack.components[0]?.bytes())?.fill(0);
    (await pack.read("assets/greeting.txt")).fill(0);
    assertEquals(await pack.components[0]?.bytes(), UTF8.encode("\0asm-ask"));
    assertEquals(await pack.read("assets/greeting.txt"), UTF8.encode("hello"));
    assertNotStrictEquals(await pack.read("manifest.cbor"), await pack.read("manifest.cbor"));
  }
  const deflated = await openPack(
    rawZip(
      Array.from(await packFiles(newSpec()), ([name, data]) => ({ name, data, deflate: data.length > 0 })),
    ),
    DEVOK,
  );
  (await deflated.components[0]?.bytes())?.fill(0);
  assertEquals(await deflated.components[0]?.bytes(), UTF8.encode("\0asm-ask"));
});

Deno.test("openPack() says which entry is not there", async () => {
  const pack = await openPack(await buildPack(newSpec()), DEVOK);
  const error = await assertRejects(() => pack.read("assets/absent"), RunnerError);
  assertEquals([error.code, error.place], ["pack.missing_entry", "assets/absent"]);
});

Deno.test("openPack() turns one bad flow document into a finding", async (t) => {
  const table: [string, Uint8Array | undefined, string, string][] = [
    ["absent", undefined, "pack.missing_entry", 'Flow "main" has no document: flow not found in pack'],
    ["no JSON", UTF8.encode("{"), "flow.invalid", 'Flow "main" is no JSON in UTF-8'],
    ["no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "flow.invalid", 'Flow "main" is no JSON in UTF-8'],
    [
      "deep",
      UTF8.encode("[".repeat(500) + "]".repeat(500)),
      "flow.invalid",
      'Flow "main" is nested deeper than 128',
    ],
  ];
  const main = must(legacySpec().flows[0]);
  const spec = legacySpec({ flows: [main, { ...main, id: "other" }], sbom: false });
  for (const [name, bytes, code, message] of table) {
    await t.step(name, async () => {
      const archive = await tampered(spec, (files) => {
        if (bytes === undefined) files.delete("flows/main/flow.json");
        else files.set("flows/main/flow.json", bytes);
        withoutHashes(files);
      });
      const pack = await openPack(archive, DEVOK);
      assertEquals(pack.flows.map((flow) => flow.id), ["other"]);
      const place = "flows/main/flow.json";
      assertEquals(pack.flowFindings, [{ severity: "error", code, message, place, flow: "main" }]);
    });
  }
});

Deno.test("openPack() turns components that are not there into findings", async (t) => {
  const digest = `sha256:${await sha256Hex(UTF8.encode("\0asm-ask"))}`;
  const row = (artifact: Json): JsonObject => {
    return { name: "demo.ask", source: "oci://r/ask:1", resolved: { digest }, artifact };
  };
  const blob = { inline: { wasm_path: "blobs/x.wasm" } };
  const moved = (files: Map<string, Uint8Array>) => {
    files.set("blobs/x.wasm", files.get("components/demo.ask.wasm") ?? new Uint8Array());
    files.delete("components/demo.ask.wasm");
  };
  const gone = (files: Map<string, Uint8Array>) => void files.delete("components/demo.ask.wasm");
  const kept = () => {};
  const table: [
    string,
    JsonObject | undefined,
    (files: Map<string, Uint8Array>) => void,
    string | undefined,
    string,
  ][] = [
    ["absent", undefined, gone, "pack.missing_entry", 'the pack has no entry "components/demo.ask.wasm"'],
    ["bundled elsewhere", sourcesExtension([row(blob)]), moved, undefined, ""],
    [
      "bundled elsewhere and absent",
      sourcesExtension([row(blob)]),
      gone,
      "pack.missing_entry",
      "blobs/x.wasm",
    ],
    [
      "remote",
      sourcesExtension([row("remote")]),
      gone,
      "pack.missing_entry",
      `is not in the pack but at oci://r/ask:1 (${digest})`,
    ],
    ["remote but bundled", sourcesExtension([row("remote")]), kept, undefined, ""],
    ["a table of another version", sourcesExtension([], 2), kept, "manifest.invalid", "schema_version 1"],
    [
      "a row without artifact",
      sourcesExtension([row(null)]),
      kept,
      "manifest.invalid",
      "without name, source or artifact",
    ],
  ];
  for (const [name, extensions, change, code, message] of table) {
    await t.step(name, async () => {
      const spec = newSpec({ sbom: false, ...(extensions === undefined ? {} : { extensions }) });
      const pack = await openPack(await tampered(spec, change), DEVOK);
      const [finding] = pack.componentFindings, [component] = pack.components;
      assertEquals([pack.componentFindings.length, finding?.code], [code === undefined ? 0 : 1, code]);
      assert(finding === undefined || finding.message.includes(message), finding?.message);
      if (code === undefined || code === "manifest.invalid") {
        assertEquals((await component?.bytes())?.length, 8);
      } else assertEquals((await assertRejects(() => must(component).bytes(), RunnerError)).code, code);
    });
  }
});

Deno.test("openPack() takes the components of the source table when the manifest lists none", async () => {
  const rows = [{
    name: "n",
    component_id: "c",
    source: "oci://r/c@sha256:0",
    resolved: {},
    artifact: { inline: { wasm_path: "b.wasm" } },
  }];
  const extensions = sourcesExtension(rows);
  const files = new Map([["b.wasm", UTF8.encode("w")]]);
  const pack = await openPack(await buildPack(newSpec({ components: [], extensions, files })), DEVOK);
  assertEquals(pack.components.map(({ id, version, entry, size }) => [id, version, entry, size]), [[
    "c",
    "0.0.0",
    "b.wasm",
    1,
  ]]);
});

Deno.test("openPack() takes the first of twins in the older layout and says so", async () => {
  const [component] = legacySpec().components, [flow] = legacySpec().flows;
  const files = await packFiles(legacySpec({ sbom: false }));
  const manifest = decodeCbor(must(files.get("manifest.cbor"))) as { [key: string]: JsonObject[] };
  const twin = { ...manifest["components"]?.[0], version: "9.9.9", file_wasm: "absent.wasm" };
  const flows = [...must(manifest["flows"]), { ...manifest["flows"]?.[0], file_json: "absent.json" }];
  const document = { ...manifest, components: [...must(manifest["components"]), twin], flows };
  files.set("manifest.cbor", encodeCbor(document as Json, { order: "given" }));
  const pack = await openPack(files, DEVOK);
  assertEquals(pack.components.map(({ id, version }) => [id, version]), [[component?.id, "0.1.0"]]);
  assertEquals(pack.componentFindings.map((finding) => finding.message), [
    'Component "demo.ask" is listed twice; the first is used',
  ]);
  assertEquals(pack.flows.map(({ id }) => id), [flow?.id]);
  assertEquals(pack.flowFindings.map((finding) => finding.message), [
    'Flow "main" occurs twice: as "flows/main/flow.json" and as "absent.json"',
  ]);
});

Deno.test("openPack() refuses what is no pack, with a verdict for what it saw", async (t) => {
  const spec = newSpec({ sbom: false });
  const without = await tampered(spec, (files) => files.delete("manifest.cbor"));
  const broken = await tampered(spec, (files) => files.set("manifest.cbor", Uint8Array.of(0xa1)));
  const deep = await tampered(spec, (files) => files.set("manifest.cbor", new Uint8Array(10_000).fill(0x81)));
  const newer = await tampered(spec, (files) => files.set("manifest.cbor", Uint8Array.of(0xa0)));
  const table: [string, Uint8Array | Map<string, Uint8Array>, string, string, string][] = [
    ["no archive", UTF8.encode("hello"), "pack.not_zip", "memory", "container"],
    ["a hostile name", rawZip([{ name: "../x" }]), "pack.unsafe_path", "../x", "container"],
    ["no manifest", without, "manifest.missing", "manifest.cbor", "manifest"],
    ["an empty folder", new Map(), "manifest.missing", "manifest.cbor", "manifest"],
    ["a broken manifest", broken, "manifest.cbor.length", "manifest.cbor", "manifest"],
    ["a deep manifest", deep, "manifest.cbor.depth", "manifest.cbor", "manifest"],
    ["an unknown manifest", newer, "manifest.invalid", "manifest.cbor", "manifest"],
  ];
  for (const [name, input, code, place, check] of table) {
    await t.step(name, async () => {
      const seen: Verdict[] = [];
      const open = () => openPack(input, { ...DEVOK, onVerdict: (verdict) => seen.push(verdict) });
      const error = await assertRejects(open, PackRefused);
      assertEquals([error.code, error.place], [code, place]);
      assertEquals(seen.filter(({ verdict }) => verdict === "mismatch").map((verdict) => verdict.check), [
        check,
      ]);
    });
  }
});

Deno.test("openPack() knows the folder of a pack's sources when it is given one", async () => {
  const folder = new Map([["pack.yaml", UTF8.encode("pack_id: x")]]);
  const error = await assertRejects(() => openPack(folder, DEVOK), PackRefused);
  assertEquals([error.code, error.hint?.includes("greentic-runner build memory")], [
    "manifest.missing",
    true,
  ]);
});

Deno.test("openPack() knows the record of a run when it is given one", async () => {
  const folder = new Map([["run.json", UTF8.encode("{}")], ["transcript.jsonl", UTF8.encode("")]]);
  const error = await assertRejects(() => openPack(folder, DEVOK), PackRefused);
  assertEquals([error.code, error.hint], [
    "manifest.missing",
    "This is the record of a run: greentic-runner report memory shows it",
  ]);
});

Deno.test("openPack() says why a path cannot be opened", async (t) => {
  await t.step("absent", async () => {
    const error = await assertRejects(() => openPack("/absent/x.gtpack", DEVOK), RunnerError);
    assertEquals([error.code, error.place, error instanceof PackRefused], [
      "pack.not_found",
      "/absent/x.gtpack",
      false,
    ]);
  });
  await t.step("an address of another scheme", async () => {
    const error = await assertRejects(() => openPack(new URL("ftp://example.com/x"), DEVOK), RunnerError);
    assertEquals(error.code, "option.invalid");
  });
  await t.step("larger than allowed", async () => {
    const path = await Deno.makeTempFile();
    try {
      await Deno.writeFile(path, new Uint8Array(11));
      const limits = { ...LIMITS, maxArchiveBytes: 10 };
      const error = await assertRejects(() => openPack(path, { ...DEVOK, limits }), PackRefused);
      assertEquals(error.code, "pack.limit.archive");
    } finally {
      await Deno.remove(path);
    }
  });
  await t.step("stopped", async () => {
    const reason = new Error("enough");
    const error = await assertRejects(() =>
      openPack(new Map(), { ...DEVOK, signal: AbortSignal.abort(reason) })
    );
    assert(error === reason);
  });
});

Deno.test({
  name: "openPack() names the permission that is missing",
  permissions: { read: false },
  async fn() {
    const error = await assertRejects(() => openPack("x.gtpack", DEVOK), RunnerError);
    assertEquals([error.code, error.hint], ["permission.missing", "Add --allow-read=x.gtpack"]);
  },
});
