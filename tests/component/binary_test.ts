import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BinaryError, binaryKind, BinaryReader, BinaryWriter } from "../../lib/component/binary.ts";
import { fixture } from "./_helpers.ts";

Deno.test("binaryKind() tells components, core modules and anything else apart", async (t) => {
  const magic = [0, 0x61, 0x73, 0x6d];
  const cases: [string, Uint8Array, string][] = [
    ["component", await fixture("echo"), "component"],
    ["core module", await fixture("core-module"), "core module"],
    ["header of a component alone", Uint8Array.of(...magic, 0x0d, 0, 1, 0), "component"],
    ["empty core module", Uint8Array.of(...magic, 1, 0, 0, 0), "core module"],
    ["empty file", new Uint8Array(), "unknown"],
    ["seven bytes", Uint8Array.of(...magic, 1, 0, 0), "unknown"],
    ["text", new TextEncoder().encode("(module (func))"), "unknown"],
    ["text of a component", new TextEncoder().encode("(component)"), "unknown"],
    ["core module of another version", Uint8Array.of(...magic, 2, 0, 0, 0), "unknown"],
    ["other magic", Uint8Array.of(1, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), "unknown"],
  ];
  for (const [name, bytes, kind] of cases) await t.step(name, () => assertEquals(binaryKind(bytes), kind));
});

Deno.test("BinaryReader reads back what BinaryWriter writes", () => {
  fc.assert(fc.property(
    fc.array(fc.oneof(
      fc.record({ u32: fc.nat(0xffffffff) }),
      fc.record({ name: fc.string({ unit: "grapheme" }) }),
      fc.record({ u8: fc.nat(255) }),
    )),
    (items) => {
      const writer = new BinaryWriter(1);
      for (const item of items) {
        if ("u32" in item) writer.u32(item.u32);
        else if ("name" in item) writer.name(item.name);
        else writer.u8(item.u8);
      }
      assertEquals(writer.length, writer.view().length);
      const reader = new BinaryReader(writer.view());
      for (const item of items) {
        if ("u32" in item) assertEquals(reader.u32(), item.u32);
        else if ("name" in item) assertEquals(reader.name(), item.name);
        else assertEquals(reader.u8(), item.u8);
      }
      assertEquals(reader.done, true);
    },
  ));
});

Deno.test("BinaryReader.u32() takes padded numbers and refuses those beyond 32 bits", async (t) => {
  await t.step("padded", () => assertEquals(new BinaryReader(Uint8Array.of(0x83, 0x80, 0)).u32(), 3));
  await t.step("largest", () => {
    assertEquals(new BinaryReader(Uint8Array.of(255, 255, 255, 255, 15)).u32(), 0xffffffff);
  });
  for (
    const bytes of [[255, 255, 255, 255, 31], [255, 255, 255, 255, 127], [0x80, 0x80, 0x80, 0x80, 0x80, 0]]
  ) {
    await t.step(bytes.join(" "), () => {
      assertThrows(() => new BinaryReader(Uint8Array.from(bytes)).u32(), BinaryError, "too long");
    });
  }
});

Deno.test("BinaryReader.skipLeb() skips one number of up to ten bytes", () => {
  const reader = new BinaryReader(Uint8Array.of(0x7f, 0x80, 0x01, ...Array(9).fill(0x80), 0, 9));
  reader.skipLeb();
  assertEquals(reader.pos, 1);
  reader.skipLeb();
  assertEquals(reader.pos, 3);
  reader.skipLeb();
  assertEquals(reader.u8(), 9);
  assertThrows(() => new BinaryReader(new Uint8Array(11).fill(0x80)).skipLeb(), BinaryError, "too long");
});

Deno.test("BinaryReader never reads past its end", async (t) => {
  const bytes = Uint8Array.of(5, 1, 2, 3, 4, 5, 6);
  const cases: [string, (reader: BinaryReader) => unknown][] = [
    ["u8", (reader) => (reader.skip(3), reader.u8())],
    ["u32", (reader) => (reader.skip(3), reader.u32())],
    ["skipLeb", (reader) => (reader.skip(3), reader.skipLeb())],
    ["skip", (reader) => reader.skip(4)],
    ["name", (reader) => reader.name()],
    ["section", (reader) => (reader.skip(1), reader.section())],
  ];
  for (const [name, read] of cases) {
    await t.step(name, () => {
      assertThrows(() => read(new BinaryReader(bytes, 0, 3)), BinaryError, "ends early at offset 3");
    });
  }
});

Deno.test("BinaryReader.section() gives id and extent, and moves behind", () => {
  const reader = new BinaryReader(Uint8Array.of(7, 2, 1, 1, 8, 0));
  assertEquals(reader.section(), { id: 7, start: 2, end: 4 });
  assertEquals(reader.section(), { id: 8, start: 6, end: 6 });
  assertEquals(reader.done, true);
});
