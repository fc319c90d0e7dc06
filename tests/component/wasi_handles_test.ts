import { assert, assertEquals, assertThrows } from "@std/assert";
import { type AskFiles, type Descriptor, openPreopens } from "../../lib/component/wasi_files.ts";
import { Handle, Handles } from "../../lib/component/wasi_handles.ts";
import { bytesOf, InputStream, type IoError, OutputStream } from "../../lib/component/wasi_streams.ts";

class Thing extends Handle {}

const WAITING = { monotonicMs: () => 0, sleep: () => {} };

function handles(max: number): Handles {
  return new Handles(max, () => {
    throw new Error("too many");
  });
}

Deno.test("Handles counts what is held, and what is dropped no more", () => {
  const held = handles(2);
  const first = new Thing(held);
  new Thing(held);
  assertThrows(() => new Thing(held), Error, "too many");
  const other = handles(2);
  const a = new Thing(other), b = new Thing(other);
  a[Symbol.dispose]();
  a[Symbol.dispose](); // dropped once, whatever the glue does
  const c = new Thing(other);
  assertThrows(() => new Thing(other), Error, "too many");
  for (const thing of [first, b, c]) thing[Symbol.dispose]();
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
function folder(answer: AskFiles, readOnly = false): { root: Descriptor; asked: unknown[][] } {
  const asked: unknown[][] = [];
  const world = {
    handles: handles(100),
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
