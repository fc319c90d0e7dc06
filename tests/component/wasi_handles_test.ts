import { assert, assertEquals, assertThrows } from "@std/assert";
import { type AskFiles, type Descriptor, openPreopens } from "../../lib/component/wasi_files.ts";
import { DirectoryEntryStream } from "../../lib/component/wasi_file_stat.ts";
import { Handle, Handles } from "../../lib/component/wasi_handles.ts";
import { bytesOf, InputStream, type IoError, OutputStream } from "../../lib/component/wasi_streams.ts";

class Thing extends Handle {}

const WAITING = { monotonicMs: () => 0, sleep: () => {} };

function handles(count: number, bytes: number = 1_000_000): Handles {
  return new Handles({ count, bytes }, (what) => {
    throw new Error(`too many: ${what}`);
  });
}

Deno.test("Handles counts what is held, and what is dropped no more", () => {
  const held = handles(2);
  const first = new Thing(held);
  new Thing(held);
  assertThrows(() => new Thing(held), Error, "too many: count");
  const other = handles(2);
  const a = new Thing(other), b = new Thing(other);
  a[Symbol.dispose]();
  a[Symbol.dispose](); // dropped once, whatever the glue does
  const c = new Thing(other);
  assertThrows(() => new Thing(other), Error, "too many: count");
  for (const thing of [first, b, c]) thing[Symbol.dispose]();
});

Deno.test("Handles counts what is kept for those that are held", () => {
  const held = handles(100, 1000);
  const a = new Thing(held), b = new Thing(held);
  a.keep(600);
  a.keep(700);
  b.keep(300);
  assertThrows(() => b.keep(301), Error, "too many: bytes");
  b.keep(0);
  a[Symbol.dispose]();
  a[Symbol.dispose]();
  b.keep(1000);
});

Deno.test("DirectoryEntryStream holds its names until they were read or it is dropped", () => {
  const names = ["a", "b".repeat(100)].map((name) => ({ name, type: "regular-file" as const }));
  const held = handles(100, 1000);
  const first = new DirectoryEntryStream(held, names);
  const second = new DirectoryEntryStream(held, names);
  assertThrows(() => new DirectoryEntryStream(held, names), Error, "too many: bytes");
  const other = handles(100, 1000);
  for (let round = 0; round < 10; round++) {
    using dropped = new DirectoryEntryStream(other, names);
    assertEquals(dropped.readDirectoryEntry(), names[0]);
    const read = new DirectoryEntryStream(other, names);
    assertEquals([1, 2, 3, 4].map(() => read.readDirectoryEntry()), [...names, undefined, undefined]);
  }
  for (const stream of [first, second]) stream[Symbol.dispose]();
});

Deno.test("InputStream gives what there is, then says that it has ended", () => {
  const stream = new InputStream(handles(10), WAITING, bytesOf(Uint8Array.of(1, 2, 3, 4, 5)));
  assertEquals(stream.read(0n), new Uint8Array());
  assertEquals(stream.read(2n), Uint8Array.of(1, 2));
  assertEquals(stream.skip(1n), 1n);
  assertEquals(stream.blockingRead(2n ** 63n), Uint8Array.of(4, 5));
  let thrown: unknown;
  try {
    stream.read(1n);
  } catch (error) {
    thrown = error;
  }
  assertEquals(thrown, { tag: "closed" });
});

Deno.test("streams tell why they failed, and nothing else becomes such an error", () => {
  const held = handles(10);
  const failing = new OutputStream(held, WAITING, () => {
    throw "insufficient-space";
  });
  let thrown: unknown;
  try {
    failing.write(Uint8Array.of(1));
  } catch (error) {
    thrown = error;
  }
  const { tag, val } = thrown as { tag: string; val: IoError };
  assertEquals([tag, val.code, val.toDebugString()], [
    "last-operation-failed",
    "insufficient-space",
    "insufficient-space",
  ]);
  const broken = new OutputStream(held, WAITING, () => {
    throw new Error("stop");
  });
  assertThrows(() => broken.write(Uint8Array.of(1)), Error, "stop");
});

Deno.test("OutputStream takes what another stream gives", () => {
  const written: number[] = [];
  const held = handles(10);
  const source = new InputStream(held, WAITING, bytesOf(Uint8Array.of(7, 8)));
  const sink = new OutputStream(held, WAITING, (bytes) => void written.push(...bytes));
  assertEquals([sink.splice(source, 1n), sink.blockingSplice(source, 9n), written], [1n, 1n, [7, 8]]);
});

/** The descriptor of a folder whose host answers as `ask` does; `asked` has what it was asked. */
function folder(
  answer: AskFiles,
  readOnly = false,
  held: Handles = handles(100),
): { root: Descriptor; asked: unknown[][] } {
  const asked: unknown[][] = [];
  const world = {
    handles: held,
    waiting: WAITING,
    ask: (...args: Parameters<AskFiles>) => {
      asked.push(args);
      return answer(...args);
    },
  };
  return { root: openPreopens([{ guest: "/data", readOnly }], world)[0]![0], asked };
}

const FILE = { type: "regular-file", size: 3, modifiedMs: 1500 } as const;

function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return "no error";
}

Deno.test("Descriptor resolves paths within its folder, and asks nothing for those that lead out", () => {
  const { root, asked } = folder(() => FILE);
  const flags = { symlinkFollow: true };
  for (
    const [path, resolved] of [["a", "a"], ["./a//b/", "a/b"], ["a/../b", "b"], [".", ""], ["a/./..", ""]]
  ) {
    root.statAt(flags, path!);
    assertEquals(asked.pop(), ["stat", 0, resolved, true]);
  }
  for (const path of ["..", "../a", "a/../..", "/", "/a", "a/../../data"]) {
    assertEquals(codeOf(() => root.statAt(flags, path)), "not-permitted", path);
    assertEquals(codeOf(() => root.openAt(flags, path, {}, { read: true })), "not-permitted", path);
    assertEquals(codeOf(() => root.renameAt("a", root, path)), "not-permitted", path);
  }
  assertEquals(asked, []);
});

Deno.test("Descriptor tells of files in the units of WASI", () => {
  const { root } = folder(() => FILE);
  assertEquals(root.statAt({}, "a"), {
    type: "regular-file",
    linkCount: 1n,
    size: 3n,
    dataAccessTimestamp: undefined,
    dataModificationTimestamp: { seconds: 1n, nanoseconds: 500_000_000 },
    statusChangeTimestamp: undefined,
  });
  const [a, b] = [root.metadataHashAt({}, "a"), root.metadataHashAt({}, "b")];
  assert(a.upper !== b.upper && a.upper < 2n ** 64n);
  assertEquals(root.metadataHashAt({}, "./a"), a);
});

Deno.test("Descriptor does only what it was opened for", () => {
  const { root } = folder((operation) => operation === "read" ? Uint8Array.of(1) : FILE);
  const reading = root.openAt({}, "a", {}, { read: true });
  assertEquals([reading.getType(), reading.getFlags()], ["regular-file", {
    read: true,
    write: false,
    mutateDirectory: false,
  }]);
  assertEquals(codeOf(() => reading.write(Uint8Array.of(1), 0n)), "bad-descriptor");
  assertEquals(codeOf(() => reading.setSize(0n)), "bad-descriptor");
  assertEquals(codeOf(() => reading.openAt({}, "b", {}, {})), "not-directory");
  const writing = root.openAt({}, "a", {}, { write: true });
  assertEquals(codeOf(() => writing.readViaStream(0n)), "bad-descriptor");
  assertEquals(codeOf(() => writing.read(1n, 0n)), "bad-descriptor");
  assertEquals(reading.read(1n, 0n), [Uint8Array.of(1), false]);
  assertEquals(codeOf(() => root.readViaStream(0n)), "is-directory");
  assertEquals([reading.isSameObject(writing), reading.isSameObject(root)], [true, false]);
  for (const refused of ["setTimes", "setTimesAt", "linkAt", "symlinkAt", "readlinkAt"] as const) {
    assertEquals(codeOf(() => root[refused]()), "unsupported");
  }
  const fixed = folder(() => FILE, true).root;
  assertEquals(codeOf(() => fixed.openAt({}, "a", { create: true }, { read: true })), "read-only");
  assertEquals(codeOf(() => fixed.openAt({}, "a", {}, { write: true })), "read-only");
  assertEquals(codeOf(() => fixed.createDirectoryAt("a")), "read-only");
});

Deno.test("Descriptor reads ahead in large pieces", () => {
  const contents = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
  const { root, asked } = folder((operation, _folder, _path, offset, length) =>
    operation === "read" ? contents.slice(Number(offset), Number(offset) + Number(length)) : FILE
  );
  const stream = root.openAt({}, "a", {}, { read: true }).readViaStream(0n);
  const read: number[] = [];
  for (;;) {
    let bytes: Uint8Array;
    try {
      bytes = stream.blockingRead(1000n);
    } catch {
      break;
    }
    read.push(...bytes);
  }
  assertEquals(read.length, contents.length);
  assert(read.every((byte, index) => byte === contents[index]));
  assertEquals(asked.filter(([operation]) => operation === "read").length, 5);
});

Deno.test("Descriptor keeps what it read ahead only until it was taken", () => {
  const contents = new Uint8Array(100_000);
  const answer: AskFiles = (operation, _folder, _path, offset, length) =>
    operation === "read" ? contents.slice(Number(offset), Number(offset) + Number(length)) : FILE;
  const { root } = folder(answer, true, handles(100, 200_000));
  const file = root.openAt({}, "a", {}, { read: true });
  for (let round = 0; round < 10; round++) {
    assertEquals(file.readViaStream(0n).read(100_000n).length, 100_000);
    using partly = file.readViaStream(0n);
    partly.read(1n);
  }
  const held = Array.from({ length: 3 }, () => file.readViaStream(0n));
  for (const stream of held) stream.read(1n);
  // However little of it is left, all that was read ahead is kept.
  assertThrows(() => file.readViaStream(0n).read(65_535n), Error, "too many: bytes");
});
