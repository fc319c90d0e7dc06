import { assert, assertEquals, assertRejects } from "@std/assert";
import { ComponentCache } from "../../lib/component/cache.ts";
import type { Prepared } from "../../lib/component/prepare.ts";
import { tempFolder } from "../_helpers.ts";

const KEY = "ab".repeat(32);

function prepared(changes: Partial<Prepared> = {}): Prepared {
  return {
    key: KEY,
    tools: "transpiler 1 meter 2",
    place: "components/x.wasm",
    digest: `sha256:${"cd".repeat(32)}`,
    shape: { imports: ["a:b/c@1.0.0", "ünïcode\n"], exports: ["greentic:component/node@0.4.0"] },
    glue: "export const text = 'é\\n';\n\n",
    cores: [
      { name: "component.core.wasm", bytes: Uint8Array.from({ length: 300 }, (_, index) => index % 256) },
      { name: "empty.wasm", bytes: new Uint8Array() },
      { name: "component.core2.wasm", bytes: Uint8Array.of(10, 0, 10) },
    ],
    ...changes,
  };
}

/** A cache in a folder of its own, which is removed afterwards. */
async function withCache(work: (cache: ComponentCache, folder: string) => Promise<void>): Promise<void> {
  await using parent = await tempFolder();
  const folder = `${parent.path}/deep/cache`;
  await work(new ComponentCache(folder), folder);
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test("ComponentCache gives back what was stored", async () => {
  await withCache(async (cache, folder) => {
    await cache.store(prepared());
    assertEquals(await cache.load(KEY), prepared());
    assertEquals(namesIn(folder), [`${KEY}.component`]);
    const bare = prepared({ glue: "", cores: [], shape: { imports: [], exports: [] } });
    await cache.store(bare);
    assertEquals(await cache.load(KEY), bare);
    assertEquals(await new ComponentCache(folder).load(KEY), bare);
  });
});

Deno.test("ComponentCache.load() gives null for what is absent", async () => {
  await withCache(async (cache) => {
    assertEquals(await cache.load(KEY), null);
    await cache.store(prepared());
    assertEquals(await cache.load("00".repeat(32)), null);
  });
});

Deno.test("ComponentCache.load() gives null for a file under another key", async () => {
  await withCache(async (cache, folder) => {
    await cache.store(prepared());
    const other = "ef".repeat(32);
    await Deno.copyFile(`${folder}/${KEY}.component`, `${folder}/${other}.component`);
    assertEquals(await cache.load(other), null);
  });
});

Deno.test("ComponentCache.load() gives null for a damaged file", async (t) => {
  await withCache(async (cache, folder) => {
    await cache.store(prepared());
    const path = `${folder}/${KEY}.component`;
    const bytes = await Deno.readFile(path);
    async function damaged(changed: Uint8Array, what: string): Promise<void> {
      await Deno.writeFile(path, changed);
      assertEquals(await cache.load(KEY), null, what);
    }
    await t.step("cut at every offset", async () => {
      for (let length = 0; length < bytes.length; length++) {
        await damaged(bytes.subarray(0, length), `cut at ${length}`);
      }
    });
    await t.step("with one bit changed anywhere", async () => {
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.slice();
        changed[at]! ^= 1 << (at % 8);
        await damaged(changed, `bit ${at % 8} of byte ${at}`);
      }
    });
    await t.step("with more behind its end", async () => {
      await damaged(Uint8Array.of(...bytes, 0), "one byte more");
    });
    await t.step("of another kind", async () => {
      await damaged(new TextEncoder().encode("something else\n"), "text");
      await damaged(new TextEncoder().encode("no line at all"), "no line");
      await damaged(new Uint8Array(100).fill(0x0a), "lines");
      // A file whose digest holds, but of another format.
      const text = new TextDecoder("latin1").decode(bytes).replace("cache 2", "cache 3");
      await damaged(Uint8Array.from(text, (char) => char.charCodeAt(0)), "another version");
    });
    await t.step("and takes it again once it is whole", async () => {
      await cache.store(prepared());
      assertEquals(await cache.load(KEY), prepared());
    });
  });
});

Deno.test("ComponentCache.store() leaves one whole file, whoever stores at the same time", async () => {
  await withCache(async (cache, folder) => {
    const glues = Array.from({ length: 12 }, (_, index) => `${index}`.repeat(50_000));
    const other = new ComponentCache(folder);
    const stores = glues.map((glue, index) => (index % 2 === 0 ? cache : other).store(prepared({ glue })));
    // Readers meanwhile see nothing or something whole: damaged files would be null after the first rename.
    await Promise.any(stores);
    const read = await Promise.all(glues.map(() => cache.load(KEY)));
    await Promise.all(stores);
    for (const entry of [...read, await cache.load(KEY)]) assert(glues.includes(entry!.glue));
    assertEquals(namesIn(folder), [`${KEY}.component`]);
  });
});

Deno.test("ComponentCache.store() leaves nothing behind when it fails", async () => {
  await withCache(async (cache, folder) => {
    await Deno.mkdir(`${folder}/${KEY}.component`, { recursive: true });
    await assertRejects(() => cache.store(prepared()));
    assertEquals(namesIn(folder), [`${KEY}.component`]);
  });
});

Deno.test("ComponentCache throws when its folder is no folder", async () => {
  await withCache(async (cache, folder) => {
    await Deno.mkdir(folder.replace(/\/cache$/, ""), { recursive: true });
    await Deno.writeTextFile(folder, "a file");
    await assertRejects(() => cache.store(prepared()));
    await assertRejects(() => cache.load(KEY));
  });
});
