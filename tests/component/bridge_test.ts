import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { HostReply, WitValue } from "../../lib/base/call.ts";
import { decodeReply, encodeReply, GuestBridge, HostBridge } from "../../lib/component/bridge.ts";
import { ok } from "./_helpers.ts";

const BRIDGE = import.meta.resolve("../../lib/component/bridge.ts");

/** Any value of a WIT type: keys are WIT names, which never start with `$`. */
const witValue = fc.letrec<{ value: WitValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(undefined, null, true, false),
    fc.bigInt(-(2n ** 64n), 2n ** 64n),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array(),
    fc.array(tie("value")),
    fc.dictionary(fc.oneof(fc.stringMatching(/^[a-zA-Z]+$/), fc.constant("__proto__")), tie("value")),
  ),
})).value;

Deno.test("decodeReply() gives back what encodeReply() was given", () => {
  fc.assert(fc.property(witValue, (value) => {
    const plain = (reply: HostReply) => structuredClone(reply);
    assertEquals(plain(decodeReply(encodeReply({ type: "ok", value }))), plain({ type: "ok", value }));
    assertEquals(
      plain(decodeReply(encodeReply({ type: "err", error: value }))),
      plain({ type: "err", error: value }),
    );
  }));
});

Deno.test("encodeReply() keeps an abort with all it says", () => {
  const reply: HostReply = {
    type: "abort",
    failure: {
      code: "E",
      message: "é",
      hint: "h",
      causes: ["a"],
      details: { $none: true },
      retryable: false,
    },
  };
  assertEquals(decodeReply(encodeReply(reply)), reply);
});

Deno.test("decodeReply() copies bytes out of the buffer it reads", () => {
  const encoded = encodeReply(ok([Uint8Array.of(1, 2), { body: Uint8Array.of(3) }, new Uint8Array()]));
  const reply = decodeReply(encoded);
  encoded.fill(0);
  assertEquals(reply, ok([Uint8Array.of(1, 2), { body: Uint8Array.of(3) }, new Uint8Array()]));
});

Deno.test("GuestBridge.ask() asks nothing when the guest was stopped before", () => {
  const host = new HostBridge(100_000), guest = new GuestBridge(host.control);
  assertEquals(guest.stopReason(), null);
  host.stop("timed_out");
  assertEquals(guest.stopReason(), "timed_out");
  let posted = false;
  assertEquals(guest.ask(() => posted = true), null);
  assertEquals(posted, false);
  host.reset();
  assertEquals(guest.stopReason(), null);
});

Deno.test("GuestBridge.ask() takes an answer that comes while it posts", () => {
  const host = new HostBridge(100_000), guest = new GuestBridge(host.control);
  for (const value of ["first", "", "second, longer", "3rd"]) {
    assertEquals(guest.ask(() => assert(host.answer(ok(value)))), ok(value));
  }
});

Deno.test("GuestBridge.ask() takes a stop rather than an answer when both came", () => {
  const host = new HostBridge(100_000), guest = new GuestBridge(host.control);
  const reply = guest.ask(() => {
    host.answer(ok("late"));
    host.stop("cancelled");
  });
  assertEquals(reply, null);
  assertEquals(guest.stopReason(), "cancelled");
});

Deno.test("HostBridge.reset() forgets an answer that nobody took", () => {
  const host = new HostBridge(100_000), guest = new GuestBridge(host.control);
  host.answer(ok("nobody waits"));
  host.reset();
  assertEquals(guest.ask(() => host.answer(ok("wanted"))), ok("wanted"));
});

Deno.test("HostBridge.answer() grows the buffer for large replies, and refuses larger ones", () => {
  const host = new HostBridge(100_000), guest = new GuestBridge(host.control);
  const first = host.control.byteLength;
  for (const size of [10, first, 3 * first, 99_000]) {
    const body = new Uint8Array(size).fill(size % 251);
    assertEquals(guest.ask(() => assert(host.answer(ok({ body })))), ok({ body }));
  }
  assert(host.control.byteLength > 99_000);
  const size = host.control.byteLength;
  const reply = guest.ask(() => {
    assertEquals(host.answer(ok(new Uint8Array(100_001))), false);
    assertEquals(host.answer(ok("x".repeat(200)), 100), false);
    assert(host.answer(ok("small"), 100));
  });
  assertEquals(reply, ok("small"));
  assertEquals(host.control.byteLength, size);
});

Deno.test("GuestBridge.sleep() ends at its time, and at once when the guest must stop", () => {
  const host = new HostBridge(100_000), guest = new GuestBridge(host.control);
  const start = performance.now();
  guest.sleep(5);
  assert(performance.now() - start >= 4);
  host.stop("cancelled");
  guest.sleep(60_000);
  assert(performance.now() - start < 10_000);
});

interface Said {
  readonly type: "asks" | "got" | "sleeps" | "woke";
  readonly reply?: HostReply | null;
  readonly reason?: string | null;
}

/** A worker that asks or sleeps when told so; `next` gives what it says. */
function startGuest(host: HostBridge) {
  const code = `
    import { GuestBridge } from ${JSON.stringify(BRIDGE)};
    let bridge;
    self.onmessage = ({ data }) => {
      if (typeof data !== "string") bridge = new GuestBridge(data);
      else if (data === "ask") {
        const reply = bridge.ask(() => self.postMessage({ type: "asks" }));
        self.postMessage({ type: "got", reply, reason: bridge.stopReason() });
      } else {
        self.postMessage({ type: "sleeps" });
        bridge.sleep(60_000);
        self.postMessage({ type: "woke", reason: bridge.stopReason() });
      }
    };`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  const said: Said[] = [];
  let wake = () => {};
  worker.onmessage = ({ data }: MessageEvent<Said>) => {
    said.push(data);
    wake();
  };
  worker.postMessage(host.control);
  async function next(): Promise<Said> {
    while (said.length === 0) await new Promise<void>((resolve) => wake = resolve);
    return said.shift()!;
  }
  return { worker, next };
}

Deno.test("a bridge carries answers and stops into a worker that waits", async (t) => {
  const host = new HostBridge(1_000_000);
  const { worker, next } = startGuest(host);
  try {
    await t.step("an answer", async () => {
      worker.postMessage("ask");
      assertEquals(await next(), { type: "asks" });
      const value = { big: 2n ** 63n, body: new Uint8Array(50_000).fill(7), none: undefined };
      assert(host.answer(ok(value)));
      assertEquals(await next(), { type: "got", reply: ok(value), reason: null });
    });
    await t.step("a stop while it waits", async () => {
      worker.postMessage("ask");
      assertEquals(await next(), { type: "asks" });
      host.stop("cancelled");
      assertEquals(await next(), { type: "got", reply: null, reason: "cancelled" });
    });
    await t.step("a stop before it asks", async () => {
      worker.postMessage("ask");
      assertEquals(await next(), { type: "got", reply: null, reason: "cancelled" });
    });
    await t.step("a stop while it sleeps", async () => {
      host.reset();
      worker.postMessage("sleep");
      assertEquals(await next(), { type: "sleeps" });
      host.stop("timed_out");
      assertEquals(await next(), { type: "woke", reason: "timed_out" });
    });
    await t.step("an answer after all that", async () => {
      host.reset();
      worker.postMessage("ask");
      assertEquals(await next(), { type: "asks" });
      assert(host.answer({ type: "err", error: "not-found" }));
      assertEquals(await next(), { type: "got", reply: { type: "err", error: "not-found" }, reason: null });
    });
  } finally {
    worker.terminate();
  }
});
