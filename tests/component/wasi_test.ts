import { assert, assertEquals, assertThrows } from "@std/assert";
import { Handles } from "../../lib/component/wasi_handles.ts";
import { createWasi, GuestExit, WASI_INTERFACES, type WasiSettings } from "../../lib/component/wasi.ts";

type Interface = Record<string, (...args: unknown[]) => unknown>;

/** WASI with injected clocks; `calls` records what it asks of its settings. */
function wasi(changes: Partial<WasiSettings> = {}) {
  const written: [string, string][] = [], wishes: number[] = [], slept: number[] = [];
  const time = { wall: 1_700_000_000_123.25, monotonic: 1000.5 };
  const imports = createWasi({
    environment: [["A", "1"], ["B", ""]],
    arguments: ["demo", "-v"],
    stdin: new Uint8Array(),
    preopens: [],
    files: () => undefined,
    handles: new Handles({ count: 100, bytes: 1_000_000 }, () => {
      throw new Error("too many handles");
    }),
    write: (stream, bytes) => void written.push([stream, new TextDecoder().decode(bytes)]),
    wallMs: () => time.wall,
    monotonicMs: () => time.monotonic,
    random(length) {
      wishes.push(length);
      return new Uint8Array(length).fill(wishes.length);
    },
    sleep(milliseconds) {
      slept.push(milliseconds);
      time.monotonic += milliseconds;
    },
    ...changes,
  });
  return {
    of: (name: string) => imports[`wasi:${name}`] as Interface,
    imports,
    written,
    wishes,
    slept,
    time,
  };
}

Deno.test("createWasi() has every interface of WASI_INTERFACES, and no other", () => {
  const { imports } = wasi();
  assertEquals(Object.keys(imports).sort(), [...WASI_INTERFACES].sort());
  for (const name of WASI_INTERFACES) assertEquals(typeof imports[name], "object", name);
});

Deno.test("createWasi() makes another world for every instance", () => {
  const first = wasi().imports, second = wasi().imports;
  for (const name of WASI_INTERFACES) assert(first[name] !== second[name], name);
});

Deno.test("wasi:cli gives the environment that was granted, and nothing else", () => {
  const environment = wasi().of("cli/environment");
  assertEquals(environment.getEnvironment!(), [["A", "1"], ["B", ""]]);
  assertEquals(environment.getArguments!(), ["demo", "-v"]);
  assertEquals(environment.initialCwd!(), undefined);
});

Deno.test("wasi:cli/exit unwinds the guest", async (t) => {
  const exit = wasi().of("cli/exit");
  const cases: [string, () => unknown, number, string][] = [
    ["ok", () => exit.exit!({ tag: "ok" }), 0, "Guest called exit with success"],
    ["err", () => exit.exit!({ tag: "err" }), 1, "Guest called exit with failure"],
    ["code 0", () => exit.exitWithCode!(0), 0, "success"],
    ["code 3", () => exit.exitWithCode!(3), 3, "code 3"],
  ];
  for (const [name, leave, code, message] of cases) {
    await t.step(name, () => assertEquals(assertThrows(leave, GuestExit, message).code, code));
  }
});

Deno.test("wasi:cli output streams hand on what is written", () => {
  const { of, written } = wasi();
  const bytes = (text: string) => new TextEncoder().encode(text);
  const stdout = of("cli/stdout").getStdout!() as Interface;
  const stderr = of("cli/stderr").getStderr!() as Interface;
  assertEquals(stdout.checkWrite!(), 1_048_576n);
  stdout.write!(bytes("a"));
  stderr.blockingWriteAndFlush!(bytes("b"));
  stdout.flush!();
  stdout.blockingFlush!();
  stdout.writeZeroes!(2n);
  stderr.blockingWriteZeroesAndFlush!(1n);
  assertEquals(written, [["stdout", "a"], ["stderr", "b"], ["stdout", "\0\0"], ["stderr", "\0"]]);
  const { OutputStream, InputStream } = of("io/streams") as unknown as Record<string, new () => object>;
  assert(stdout instanceof OutputStream! && stderr instanceof OutputStream!);
  assert(of("cli/stdin").getStdin!() instanceof InputStream!);
  assertEquals((stdout.subscribe!() as Interface).ready!(), true);
});

Deno.test("wasi:io/streams writes at most a mebibyte of zeroes at once", () => {
  let size = 0;
  const { of } = wasi({ write: (_, bytes) => size = bytes.length });
  (of("cli/stdout").getStdout!() as Interface).writeZeroes!(2n ** 63n);
  assertEquals(size, 1_048_576);
});

Deno.test("wasi:cli/stdin has ended", () => {
  const stdin = wasi().of("cli/stdin").getStdin!() as Interface;
  for (const name of ["read", "blockingRead", "skip", "blockingSkip"]) {
    let thrown: unknown;
    try {
      stdin[name]!(10n);
    } catch (error) {
      thrown = error;
    }
    assertEquals(thrown, { tag: "closed" }, name);
  }
  assertEquals((stdin.subscribe!() as Interface).ready!(), true);
});

Deno.test("wasi:cli has no terminals and wasi:filesystem no folders", () => {
  const { of } = wasi();
  assertEquals(of("cli/terminal-stdin").getTerminalStdin!(), undefined);
  assertEquals(of("cli/terminal-stdout").getTerminalStdout!(), undefined);
  assertEquals(of("cli/terminal-stderr").getTerminalStderr!(), undefined);
  assertEquals(of("filesystem/preopens").getDirectories!(), []);
  assertEquals(of("filesystem/types").filesystemErrorCode!({}), undefined);
  for (
    const [name, type] of [["filesystem/types", "Descriptor"], [
      "cli/terminal-input",
      "TerminalInput",
    ]] as const
  ) {
    assertEquals(typeof of(name)[type], "function");
  }
});

Deno.test("wasi:clocks tell the time they were given", () => {
  const { of, time } = wasi();
  assertEquals(of("clocks/wall-clock").now!(), { seconds: 1_700_000_000n, nanoseconds: 123_250_000 });
  assertEquals(of("clocks/monotonic-clock").now!(), 1_000_500_000n);
  time.wall = 999.9999999;
  assertEquals(of("clocks/wall-clock").now!(), { seconds: 0n, nanoseconds: 999_999_999 });
  assertEquals(of("clocks/wall-clock").resolution!(), { seconds: 0n, nanoseconds: 1_000_000 });
  assertEquals(of("clocks/monotonic-clock").resolution!(), 1_000_000n);
});

Deno.test("wasi:clocks/monotonic-clock subscriptions block until their time", () => {
  const { of, slept, time } = wasi();
  const clock = of("clocks/monotonic-clock");
  const later = clock.subscribeDuration!(20_000_000n) as Interface;
  assertEquals(later.ready!(), false);
  later.block!();
  assertEquals([slept, time.monotonic, later.ready!()], [[20], 1020.5, true]);
  later.block!();
  assertEquals(slept, [20]);
  const instant = clock.subscribeInstant!(1_030_000_000n) as Interface;
  instant.block!();
  assertEquals(time.monotonic, 1030);
  assertEquals((clock.subscribeInstant!(5n) as Interface).ready!(), true);
});

Deno.test("wasi:clocks/monotonic-clock goes on sleeping when woken too early", () => {
  let now = 0, sleeps = 0;
  const { of } = wasi({
    monotonicMs: () => now,
    sleep() {
      sleeps++;
      now += 4;
    },
  });
  (of("clocks/monotonic-clock").subscribeDuration!(10_000_000n) as Interface).block!();
  assertEquals([sleeps, now], [3, 12]);
});

Deno.test("wasi:io/poll blocks until the first is ready and names all that are", () => {
  const { of, slept } = wasi();
  const clock = of("clocks/monotonic-clock");
  const after = (ms: number) => clock.subscribeDuration!(BigInt(ms) * 1_000_000n);
  const { poll } = of("io/poll");
  assertEquals(poll!([after(30), after(10), after(20), after(10)]), Uint32Array.of(1, 3));
  assertEquals(slept, [10]);
  const ready = (of("cli/stdin").getStdin!() as Interface).subscribe!();
  assertEquals(poll!([after(1000), ready]), Uint32Array.of(1));
  assertEquals(slept, [10]);
  assertThrows(() => poll!([]), TypeError, "empty list");
});

Deno.test("wasi:random asks its settings for every byte", () => {
  const { of, wishes } = wasi();
  const random = of("random/random"), insecure = of("random/insecure");
  assertEquals(random.getRandomBytes!(3n), Uint8Array.of(1, 1, 1));
  assertEquals(random.getRandomBytes!(0n), new Uint8Array());
  assertEquals(random.getRandomU64!(), 0x0303030303030303n);
  assertEquals(insecure.getInsecureRandomBytes!(2n), Uint8Array.of(4, 4));
  assertEquals(insecure.getInsecureRandomU64!(), 0x0505050505050505n);
  assertEquals(of("random/insecure-seed").insecureSeed!(), [0x0606060606060606n, 0x0707070707070707n]);
  assertEquals(wishes, [3, 0, 8, 2, 8, 8, 8]);
});

Deno.test("wasi:sockets deny whatever is asked", () => {
  const { of } = wasi();
  const network = of("sockets/instance-network").instanceNetwork!();
  assert(network instanceof (of("sockets/network").Network as unknown as new () => object));
  for (
    const [name, fn] of [
      ["ip-name-lookup", "resolveAddresses"],
      ["tcp-create-socket", "createTcpSocket"],
      ["udp-create-socket", "createUdpSocket"],
    ] as const
  ) {
    let thrown: unknown;
    try {
      of(`sockets/${name}`)[fn]!();
    } catch (error) {
      thrown = error;
    }
    assertEquals(thrown, "access-denied");
  }
  assertEquals(typeof of("sockets/tcp").TcpSocket, "function");
});
