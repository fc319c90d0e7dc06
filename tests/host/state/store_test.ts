import { assert, assertEquals } from "@std/assert";
import { RunnerError } from "../../../lib/base/errors.ts";
import { askStore, endsCall } from "../../../lib/host/state/store.ts";
import { STORES } from "./_stores.ts";

const LIMIT = 10_000;
const FAILURE = {
  code: "limit.memory",
  message: "The size of what components store in the run exceeds the limit maxMemoryBytes of 10000 bytes",
  hint: "Raise it with --max-memory-mb or the option limits.maxMemoryBytes",
};

for (const [name, withStore] of STORES) {
  Deno.test(`TextStore in ${name} gives back every text under every key`, async (t) => {
    const texts: [string, string][] = [
      ["nothing", ""],
      ["spaces", " \t\n\r "],
      ["NUL in the middle", "a\0b"],
      ["what comes before it", "a"],
      ["nothing but NUL", "\0"],
      ["a byte order mark", "\ufeffa"],
      ["all planes", "é\u20ac\u{1f600}\u{10ffff}"],
      ["a name of the prototype", "__proto__"],
      ["quotes", `'"\`;--`],
      ["one million characters", "é".repeat(1_000_000)],
    ];
    await withStore(async (store) => {
      for (const [, text] of texts) assertEquals(store.set(text, text + text), null);
      for (const [what, text] of texts) {
        await t.step(what, () => assert(store.get(text) === text + text));
      }
      assertEquals([...store.entries()].length, texts.length);
    });
  });

  Deno.test(`TextStore in ${name} lists keys by their code points`, async () => {
    await withStore((store) => {
      const keys = ["", "\0", "A", "a", "a\0b", "ab", "\uffff", "\u{10000}"];
      for (const key of keys.toReversed()) store.set(key, `<${key}>`);
      assertEquals([...store.entries()], keys.map((key) => [key, `<${key}>`]));
    });
  });

  Deno.test(`TextStore in ${name} can be changed while it is listed`, async () => {
    await withStore((store) => {
      for (const key of ["a", "b", "c"]) store.set(key, "1");
      for (const [key] of store.entries()) {
        store.delete(key);
        break;
      }
      assertEquals([...store.entries()].map(([key]) => key), ["b", "c"]);
    });
  });

  Deno.test(`TextStore in ${name} takes away what is deleted, once`, async () => {
    await withStore((store) => {
      store.set("a", "1");
      assertEquals([store.delete("a"), store.delete("a"), store.get("a")], [true, false, undefined]);
      assertEquals([...store.entries()], []);
    });
  });

  Deno.test(`TextStore in ${name} counts keys and values, and gives back what is replaced or deleted`, async () => {
    await withStore((store) => {
      assertEquals(store.set("a", "x".repeat(4000)), null);
      assertEquals(store.set("b", "x".repeat(1000)), FAILURE);
      assertEquals(store.get("b"), undefined);
      assertEquals(store.set("b".repeat(1000), ""), FAILURE);
      for (let round = 0; round < 3; round++) {
        assertEquals(store.set("a", "y".repeat(4500)), null);
        assertEquals(store.set("a", "x".repeat(10)), null);
        assertEquals(store.set("b", "x".repeat(4500)), null);
        assertEquals(store.set("a", "x".repeat(400)), FAILURE);
        assertEquals(store.get("a"), "x".repeat(10));
        assertEquals([store.delete("b"), store.delete("b")], [true, false]);
      }
    }, LIMIT);
  });

  Deno.test(`TextStore in ${name} counts entries without characters too`, async () => {
    await withStore((store) => {
      const failures = Array.from({ length: 100 }, (_, index) => store.set(String(index), ""));
      assertEquals([failures[0], failures[99]], [null, FAILURE]);
    }, LIMIT);
  });

  Deno.test(`TextStore in ${name} closes more than once`, async () => {
    await withStore((store) => {
      store.close();
      store.close();
    });
  });
}

Deno.test("askStore() hands on errors of this library, and no others", () => {
  const broken = ({ code }: RunnerError) => code;
  assertEquals(askStore(() => "fine", broken), "fine");
  assertEquals(
    askStore((): string => {
      throw new RunnerError("state.file", "State file is damaged");
    }, broken),
    "state.file",
  );
  let thrown: unknown;
  try {
    askStore((): string => {
      throw new TypeError("odd");
    }, broken);
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof TypeError);
});

Deno.test("endsCall() tells a limit from a store that is broken", () => {
  const broken = { code: "state.file", message: "State file is damaged" };
  assertEquals(endsCall(FAILURE).status, "denied");
  assertEquals(endsCall(broken), {
    reply: { type: "abort", failure: broken },
    status: "error",
    provider: "real",
    outputs: { error: "State file is damaged" },
  });
});
