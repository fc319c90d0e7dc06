/** Faults that opening had once, each with what is intended. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { cborRange } from "../../lib/base/cbor_range.ts";
import { sha256Hex } from "../../lib/base/digest.ts";
import { messageChain, RunnerError } from "../../lib/base/errors.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { openSource } from "../../lib/pack/open_source.ts";
import { tempFolder } from "../_helpers.ts";
import {
  archiveSource,
  ASK,
  BUNDLED,
  DEVOK,
  LIMITS,
  MINE,
  must,
  newSpec,
  noise,
  resolving,
  sourceRow,
  sourcesExtension,
  tampered,
  UTF8,
  write,
} from "./_packs.ts";
import { rawZip } from "./_raw_zip.ts";
import { unsignedBytes } from "../../lib/pack/manifest_signature.ts";

const hexOf = (h: string) => Uint8Array.fromHex(h.replaceAll(" ", ""));
Deno.test("cborRange() finds a value behind a tagged one", () => {
  assertEquals(cborRange(hexOf("a2 6161 c1 05 6162 07"), ["b"]), { start: 7, end: 8 });
});
Deno.test("unsignedBytes() behind a tagged value", () => {
  const k = "6a7369676e617475726573".replace(/^6a73/, "6a73");
  assertEquals(
    unsignedBytes(hexOf(`a2 6161 c1 05 ${k} a1 ${k} 8101`)).toHex(),
    hexOf(`a2 6161 c1 05 ${k} a1 ${k} 80`).toHex(),
  );
});
for (const id of ["constructor", "toString", "__proto__"]) {
  Deno.test(`resolveComponents() takes hostile ids as data: ${id}`, async () => {
    const spec = newSpec({ flows: [], components: [{ id, version: "1.0.0", world: "w", bytes: ASK }] });
    assertEquals((await openPack(await buildPack(spec), DEVOK)).components[0]?.origin, "pack");
  });
}
Deno.test("openSource() shows no query in any message of the chain", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const error = await assertRejects(
    () => openSource(new URL(`http://127.0.0.1:${port}/x?token=secret`), { limits: LIMITS }),
    RunnerError,
  );
  assert(!messageChain(error).join().includes("secret"), messageChain(error).join(" / "));
});
Deno.test("a server that breaks off is pack.not_found", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const served = (async () => {
    const c = await listener.accept();
    await c.read(new Uint8Array(9999));
    await c.write(UTF8.encode("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nPK"));
    c.close();
  })();
  try {
    const error = await assertRejects(() =>
      openSource(new URL(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/x`), { limits: LIMITS })
    );
    assert(error instanceof RunnerError, String(error));
    assertEquals(error.code, "pack.not_found");
  } finally {
    await served;
    listener.close();
  }
});
const MIB = 1 << 20;
async function large(path: string) {
  const text = UTF8.encode(Array.from({ length: 40_000 }, (_, i) => `${i * i} `).join(""));
  await Deno.writeFile(
    path,
    rawZip([
      { name: "text", data: text, deflate: true },
      ...["a", "b", "c"].map((name) => ({ name, data: noise(12 * MIB) })),
    ]),
  );
  return await openSource(path, { limits: LIMITS });
}
Deno.test("a deflated entry that changed on disk is pack.changed", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x`;
  const source = await large(path);
  {
    using file = await Deno.open(path, { write: true });
    await file.seek(2000, 0);
    await file.write(new Uint8Array(2000).fill(0xff));
  }
  assertEquals((await assertRejects(() => source.read("text"), RunnerError)).code, "pack.changed");
});
Deno.test("an archive that was removed is pack.changed", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x`;
  const source = await large(path);
  await Deno.remove(path);
  const error = await assertRejects(() => source.read("a"));
  assert(error instanceof RunnerError, String(error));
  assertEquals(error.code, "pack.changed");
});
Deno.test("a folder's file that was removed is pack.changed", async () => {
  await using folder = await tempFolder();
  for (const n of ["a", "b", "c"]) await Deno.writeFile(`${folder.path}/${n}`, noise(12 * MIB));
  const source = await openSource(folder.path, { limits: LIMITS });
  await Deno.remove(`${folder.path}/c`);
  const error = await assertRejects(() => source.read("c"));
  assert(error instanceof RunnerError, String(error));
  assertEquals(error.code, "pack.changed");
});
const PACK = await buildPack(newSpec());
Deno.test({
  name: "F7 a components folder without permission is permission.missing",
  permissions: { read: false },
  async fn() {
    const error = await assertRejects(() => openPack(PACK, resolving({ dir: "my/dir" })));
    assert(error instanceof RunnerError, String(error));
    assertEquals(error.code, "permission.missing");
  },
});
Deno.test("a folder under a component's name is passed over or an error of this library", async () => {
  await using folder = await tempFolder();
  await Deno.mkdir(`${folder.path}/demo.ask.wasm`);
  await openPack(PACK, resolving({ dir: folder.path })).catch((error) =>
    assert(error instanceof RunnerError, String(error))
  );
});
Deno.test({
  name: "F8 flags are quoted for the shell",
  permissions: { read: false },
  async fn() {
    for (
      const open of [
        () => openPack("my packs/x", DEVOK),
        () => openPack(PACK, { ...DEVOK, trust: ["my packs/x"] }),
        () => openPack(PACK, resolving({ map: "my packs/x" })),
        () => openPack(PACK, resolving({ lock: "my packs/x" })),
      ]
    ) {
      assertEquals((await assertRejects(open, RunnerError)).hint, "Add --allow-read='my packs/x'");
    }
  },
});
Deno.test({
  name: "F9 a host granted with its default port is granted",
  permissions: { net: ["127.0.0.1:80"] },
  async fn() {
    const error = await assertRejects(
      () => openSource(new URL("http://127.0.0.1/x"), { limits: LIMITS }),
      RunnerError,
    );
    assertEquals(error.code, "pack.not_found");
  },
});
Deno.test("a lock without path does not hide a component that the table bundles elsewhere", async () => {
  await using folder = await tempFolder();
  const digest = `sha256:${await sha256Hex(ASK)}`;
  const spec = newSpec({
    sbom: false,
    extensions: sourcesExtension([sourceRow(digest, { inline: { wasm_path: "blobs/x.wasm" } })]),
    files: new Map([["blobs/x.wasm", ASK.slice()]]),
  });
  const archive = await tampered(spec, (files) => files.delete(BUNDLED));
  assertEquals((await openPack(archive, DEVOK)).componentFindings, []);
  const lock = await write(
    `${folder.path}/l`,
    JSON.stringify({
      version: 1,
      components: { "demo.ask": { ref: "oci://r/ask:1", resolved_digest: digest } },
    }),
  );
  assertEquals((await openPack(archive, resolving({ lock }))).componentFindings, []);
});
Deno.test("a bare component is the one that was given, whatever lies in --components-dir", async () => {
  await using folder = await tempFolder();
  await write(`${folder.path}/x.wasm`, MINE);
  const pack = await openPack({ name: "x.wasm", bytes: ASK }, resolving({ dir: folder.path }));
  assertEquals(await must(pack.components[0]).bytes(), ASK);
});
Deno.test("behind data with the descriptor flag lies a descriptor, not any 24 bytes", async () => {
  await assertRejects(() =>
    archiveSource(
      rawZip([{
        name: "a",
        data: UTF8.encode("x".repeat(120)),
        flags: 0x808,
        bare: true,
        behind: UTF8.encode("hidden bytes of no entry"),
      }]),
    )
  );
});
Deno.test("a header with the descriptor flag and false sizes is refused", async () => {
  await assertRejects(() =>
    archiveSource(rawZip([{ name: "a", data: UTF8.encode("x".repeat(120)), flags: 0x808, localSize: 7 }]))
  );
});
Deno.test("a component manifest of a component that the pack does not have is refused", async () => {
  const inline = {
    schema_version: 1,
    entries: [{
      component_id: "other",
      manifest_file: "components/demo.ask.manifest.cbor",
      encoding: "cbor",
    }],
  };
  const extensions = { "greentic.pack.component_manifests@v1": { kind: "k", version: "1", inline } };
  await assertRejects(async () => openPack(await buildPack(newSpec({ extensions })), DEVOK), RunnerError);
});
Deno.test("nothing goes on after openPack() has failed for its trust", async () => {
  const seen: string[] = [];
  await assertRejects(
    () => openPack(PACK, { ...DEVOK, trust: ["abc"], onVerdict: ({ check }) => seen.push(check) }),
    RunnerError,
  );
  const before = [...seen];
  await openPack(PACK, DEVOK); // time for what is left of the first
  assertEquals(seen, before);
});
