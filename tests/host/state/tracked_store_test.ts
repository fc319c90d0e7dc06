import { assertEquals } from "@std/assert";
import { RunnerError } from "../../../lib/base/errors.ts";
import { MemoryStore } from "../../../lib/host/state/memory_store.ts";
import { type StateDifference, TrackedStore } from "../../../lib/host/state/tracked_store.ts";
import { kept } from "../_helpers.ts";
import { brokenStore } from "./_stores.ts";

/** A store in which `old`, `kept` and `gone` were before the run. */
function start() {
  const store = new MemoryStore(kept(10_000));
  for (const key of ["old", "kept", "gone"]) store.set(key, '{"n":1}');
  return { store, tracked: new TrackedStore(store) };
}

Deno.test("TrackedStore tells what a run added, changed and removed", async (t) => {
  const none = { added: {}, changed: {}, removed: {} };
  const cases: [name: string, work: (store: TrackedStore) => void, difference: StateDifference][] = [
    ["nothing", (store) => void store.get("old"), none],
    ["a new key", (store) => store.set("new", "2"), { ...none, added: { new: 2 } }],
    ["a new text", (store) => store.set("old", '{"n":2}'), {
      ...none,
      changed: { old: { before: { n: 1 }, after: { n: 2 } } },
    }],
    ["a key that is gone", (store) => store.delete("gone"), { ...none, removed: { gone: { n: 1 } } }],
    ["the last of many texts", (store) => ["1", "2", "3"].map((text) => store.set("old", text)), {
      ...none,
      changed: { old: { before: { n: 1 }, after: 3 } },
    }],
    ["the same text", (store) => store.set("old", '{"n":1}'), none],
    ["there and back", (store) => [store.set("old", "2"), store.set("old", '{"n":1}')], none],
    ["away and back", (store) => [store.delete("gone"), store.set("gone", '{"n":1}')], none],
    ["here and away", (store) => [store.set("new", "1"), store.delete("new")], none],
    ["what was not there", (store) => store.delete("never"), none],
    ["away after a change", (store) => [store.set("gone", "2"), store.delete("gone")], {
      ...none,
      removed: { gone: { n: 1 } },
    }],
    ["changed after it came back", (store) => [store.set("old", '{"n":1}'), store.set("old", "9")], {
      ...none,
      changed: { old: { before: { n: 1 }, after: 9 } },
    }],
    ["no JSON", (store) => store.set("new", "a=b"), { ...none, added: { new: "a=b" } }],
    ["a name of the prototype", (store) => store.set("__proto__", "1"), {
      ...none,
      added: JSON.parse('{"__proto__":1}'),
    }],
    ["what had no room", (store) => store.set("new", "x".repeat(10_000)), none],
  ];
  for (const [name, work, difference] of cases) {
    await t.step(name, () => {
      const { tracked } = start();
      work(tracked);
      assertEquals(tracked.difference(), difference);
    });
  }
});

Deno.test("TrackedStore lists keys by their code points", () => {
  const { tracked } = start();
  for (const key of ["b", "\u{10000}", "\uffff", "a"]) tracked.set(key, "1");
  assertEquals(Object.keys(tracked.difference().added), ["a", "b", "\uffff", "\u{10000}"]);
});

Deno.test("TrackedStore leaves out what others do to its store", () => {
  const { store, tracked } = start();
  tracked.set("old", "2");
  store.set("old", "3");
  store.set("other", "1");
  store.delete("gone");
  assertEquals(tracked.difference(), {
    added: {},
    changed: { old: { before: { n: 1 }, after: 2 } },
    removed: {},
  });
});

Deno.test("TrackedStore takes what is broken for no change", () => {
  const error = new RunnerError("state.file", "State file is damaged");
  const tracked = new TrackedStore(brokenStore(error));
  assertEquals(tracked.set("a", "1"), { code: "state.file", message: "State file is damaged" });
  assertEquals(tracked.difference(), { added: {}, changed: {}, removed: {} });
});
