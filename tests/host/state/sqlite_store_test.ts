import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { RunnerError } from "../../../lib/base/errors.ts";
import { BUSY_TIMEOUT_MS, openSqliteStore } from "../../../lib/host/state/sqlite_store.ts";
import { State } from "../../../lib/host/state/state.ts";
import { bytes, hostCall, kept, NEVER } from "../_helpers.ts";
import { inFolder } from "./_stores.ts";

const WRITER = new URL("_writer.ts", import.meta.url).pathname;

/** What a file says of itself. */
function pragma(path: string, name: string): unknown {
  const db = new DatabaseSync(path);
  try {
    return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  } finally {
    db.close();
  }
}

/** A file that another program made with these statements. */
function foreign(path: string, statements: string): void {
  const db = new DatabaseSync(path);
  db.exec(statements);
  db.close();
}

async function refused(path: string, message: string): Promise<RunnerError> {
  const error = await assertRejects(async () => await openSqliteStore(path, kept()), RunnerError, message);
  assertEquals([error.code, error.place], ["state.file", path]);
  assert(error.hint !== undefined);
  return error;
}

Deno.test("openSqliteStore() keeps texts from one run to the next", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const first = await openSqliteStore(path, kept());
    first.set("a", "1");
    first.set("b", "2");
    first.delete("b");
    first.close();
    const second = await openSqliteStore(path, kept());
    assertEquals([...second.entries()], [["a", "1"]]);
    second.close();
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["state.db"]);
    assertEquals(pragma(path, "journal_mode"), "wal");
    assertEquals(pragma(path, "user_version"), 1);
    assertEquals(pragma(path, "application_id"), 0x47726e74);
  });
});

Deno.test("openSqliteStore() takes any name for that of a file", async (t) => {
  for (const name of ["file:state.db", "file:a?mode=memory", ":other", "é state;.db", "-wal", "a%20b"]) {
    await t.step(name, async () => {
      await inFolder(async (folder) => {
        // In a process of its own, since a folder to work in is that of all tests.
        const args = ["run", "-A", WRITER, name, "w", "1"];
        const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
        assert(success);
        assertEquals([...Deno.readDirSync(folder)].map((entry) => entry.name), [name]);
        assert(Deno.statSync(`${folder}/${name}`).size > 0);
      });
    });
  }
});

Deno.test("openSqliteStore() counts what a run adds, and not what was there", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const first = await openSqliteStore(path, kept(10_000));
    assertEquals(first.set("a", "x".repeat(4000)), null);
    first.close();
    const second = await openSqliteStore(path, kept(10_000));
    assertEquals(second.set("a", "y".repeat(4000)), null);
    assertEquals(second.set("b", "x".repeat(4000)), null);
    assertEquals(second.set("c", "x".repeat(4000))?.code, "limit.memory");
    second.close();
  });
});

Deno.test("openSqliteStore() refuses what is no file of state, and leaves it as it is", async (t) => {
  const cases: [name: string, make: (path: string) => void, message: string][] = [
    ["a folder", (path) => Deno.mkdirSync(path), "is a folder"],
    ["a short text", (path) => Deno.writeTextFileSync(path, "{}"), "was not made by this runner"],
    ["a long text", (path) => Deno.writeTextFileSync(path, "x".repeat(9999)), "was not made by this runner"],
    ["a database of others", (path) => foreign(path, "CREATE TABLE t (a)"), "was not made by this runner"],
    ["a database with their mark", (path) => {
      foreign(path, "PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE entries (key, value)");
    }, "was not made by this runner"],
    ["a newer one of ours", (path) => {
      foreign(path, `PRAGMA application_id = ${0x47726e74}; PRAGMA user_version = 2; CREATE TABLE t (a)`);
    }, "has version 2, and this runner reads up to 1"],
    ["a pipe", (path) => {
      assertEquals(new Deno.Command("mkfifo", { args: [path] }).outputSync().success, true);
    }, "is no regular file"],
  ];
  for (const [name, make, message] of cases) {
    await t.step({
      name,
      ignore: name === "a pipe" && Deno.build.os === "windows",
      fn: async () => {
        await inFolder(async (folder) => {
          const path = `${folder}/state.db`;
          make(path);
          const { isFile } = Deno.statSync(path);
          const before = isFile ? Deno.readFileSync(path) : null;
          await refused(path, `State file "${path}" ${message}`);
          assertEquals(isFile ? Deno.readFileSync(path) : null, before);
          assertEquals([...Deno.readDirSync(folder)].length, 1);
        });
      },
    });
  }
});

Deno.test("openSqliteStore() leaves the log of a foreign database that crashed as it is", async () => {
  await inFolder(async (folder) => {
    const db = new DatabaseSync(`${folder}/live.db`);
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    for (const end of ["", "-wal", "-shm"]) {
      Deno.copyFileSync(`${folder}/live.db${end}`, `${folder}/copy.db${end}`);
    }
    db.close();
    const log = Deno.readFileSync(`${folder}/copy.db-wal`);
    await refused(`${folder}/copy.db`, "was not made by this runner");
    assertEquals(Deno.readFileSync(`${folder}/copy.db-wal`), log);
  });
});

Deno.test("openSqliteStore() refuses names that are none, and folders that are not there", async (t) => {
  await inFolder(async (folder) => {
    for (const name of ["", ":memory:"]) {
      await t.step(`"${name}"`, async () => void await refused(name, "has no name of a file"));
    }
    await t.step("no folder", async () => {
      await refused(`${folder}/none/state.db`, `cannot be made: folder "${folder}/none" does not exist`);
    });
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("openSqliteStore() says that a file is damaged, or what reads it does", async (t) => {
  const cases: [name: string, damage: (bytes: Uint8Array) => Uint8Array][] = [
    ["zeros after its header", (bytes) => bytes.fill(0, 100)],
    ["noise on its second page", (bytes) => bytes.fill(0xa5, 4096, 8192)],
    ["cut off", (bytes) => bytes.slice(0, 5000)],
    ["nothing but its header", (bytes) => bytes.slice(0, 100)],
    ["another size of page", (bytes) => bytes.fill(0xff, 16, 18)],
  ];
  for (const [name, damage] of cases) {
    await t.step(name, async () => {
      await inFolder(async (folder) => {
        const path = `${folder}/state.db`;
        const store = await openSqliteStore(path, kept());
        for (let i = 0; i < 100; i++) store.set(`key ${i}`, "x".repeat(200));
        store.close();
        Deno.writeFileSync(path, damage(Deno.readFileSync(path)));
        const before = Deno.readFileSync(path);
        const { hint } = await refused(path, `State file "${path}" is damaged`);
        assertStringIncludes(hint!, `mv ${path} ${path}.damaged`);
        assertEquals(Deno.readFileSync(path), before);
      });
    });
  }
});

Deno.test("openSqliteStore() leaves it to reading to find the damage in a large file", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const store = await openSqliteStore(path, kept());
    for (let i = 0; i < 600; i++) store.set(`key ${i}`, "x".repeat(10_000));
    store.close();
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.fill(0xa5, 1_000_000, bytes.length - 1_000_000));
    const damaged = await openSqliteStore(path, kept());
    const error = assertThrows(() => [...damaged.entries()], RunnerError, `State file "${path}" is damaged`);
    assertEquals(error.code, "state.file");
    damaged.close();
  });
});

Deno.test("openSqliteStore() says what is wrong with a file that breaks while it is open", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const store = await openSqliteStore(path, kept());
    const other = new DatabaseSync(path);
    other.exec("DROP TABLE entries");
    other.close();
    assertEquals(store.set("a", "1")?.code, "state.file");
    store.close();
  });
});

Deno.test("openSqliteStore() waits for others, and says when they hold the file too long", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const store = await openSqliteStore(path, kept(), { busyTimeoutMs: 10 });
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const message = `State file "${path}" is locked by another program`;
    await assertRejects(
      async () => await openSqliteStore(path, kept(), { busyTimeoutMs: 10 }),
      RunnerError,
      message,
    );
    assertEquals(store.set("a", "1")?.message, message);
    assertEquals(store.get("a"), undefined);
    other.exec("COMMIT");
    assertEquals(store.set("a", "1"), null);
    other.close();
    store.close();
  });
});

Deno.test("openSqliteStore() switches the log on although another program begins to write before it can", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    (await openSqliteStore(path, kept())).close();
    foreign(path, "PRAGMA journal_mode = DELETE");
    const other = new DatabaseSync(path), { prepare } = DatabaseSync.prototype;
    let tries = 0;
    DatabaseSync.prototype.prepare = function (statement) {
      if (statement.includes("journal_mode")) {
        tries++;
        if (tries === 1) other.exec("BEGIN IMMEDIATE");
        if (tries === 3) other.exec("COMMIT");
      }
      return prepare.call(this, statement);
    };
    try {
      (await openSqliteStore(path, kept())).close();
    } finally {
      DatabaseSync.prototype.prepare = prepare;
      other.close();
    }
    assertEquals([tries, pragma(path, "journal_mode")], [3, "wal"]);
  });
});

Deno.test("openSqliteStore() needs Deno's permission for the file alone", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const run = async (...flags: string[]) => {
      const args = ["run", "--no-prompt", "--quiet", ...flags, WRITER, path, "w", "2"];
      const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
      return { success, stderr: new TextDecoder().decode(stderr) };
    };
    const denied = await run(`--allow-read=${path}`);
    assertEquals(denied.success, false);
    assertStringIncludes(denied.stderr, `Deno permissions are missing: write "${path}"`);
    assertEquals([...Deno.readDirSync(folder)], []);
    assertEquals(await run(`--allow-read=${path}`, `--allow-write=${path}`), { success: true, stderr: "" });
  });
});

Deno.test("openSqliteStore() lets many runs write at once", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const names = ["a", "b", "c", "d"], rounds = 100;
    // All of them find no file and make it.
    const runs = names.map(async (name) => {
      const args = ["run", "-A", WRITER, path, name, String(rounds)];
      return await new Deno.Command(Deno.execPath(), { args }).output();
    });
    for (const { success, stderr } of await Promise.all(runs)) {
      assert(success, new TextDecoder().decode(stderr));
    }
    const store = await openSqliteStore(path, kept());
    for (const name of names) {
      for (let i = 0; i < rounds; i++) assertEquals(store.get(`${name}/${i}`), String(i));
    }
    assertEquals([...store.entries()].length, names.length * rounds + 1);
    assertEquals(store.get("shared")?.split("/")[1], String(rounds - 1));
    store.close();
    assertEquals(pragma(path, "integrity_check"), "ok");
  });
});

Deno.test("openSqliteStore() has all that a killed run was told is kept", async (t) => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    for (const lines of [1, 30, 300]) {
      await t.step(`killed after ${lines} texts`, async () => {
        const name = `run ${lines}`;
        const told = await killedAfter(lines, ["run", "-A", WRITER, path, name]);
        assert(told >= lines);
        const store = await openSqliteStore(path, kept());
        for (let i = 0; i < told; i++) assertEquals(store.get(`${name}/${i}`), String(i));
        store.close();
        assertEquals(pragma(path, "integrity_check"), "ok");
      });
    }
  });
});

/** Kills a writer once it has said that many lines; the number of lines that it said in all. */
async function killedAfter(lines: number, args: string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  let text = "", killed = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (killed || text.split("\n").length <= lines) continue;
    child.kill("SIGKILL");
    killed = true;
  }
  assertEquals((await child.status).success, false);
  return text.split("\n").length - 1;
}

Deno.test("State waits for others to write without keeping the thread, and no longer than its guest does", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const store = await openSqliteStore(path, kept());
    const state = new State({ env: "local", tenant: "acme", team: null, user: null }, store);
    const other = new DatabaseSync(path);
    const call = hostCall("greentic:state/state-store@1.0.0#write", "k", bytes("1"), undefined);
    other.exec("BEGIN IMMEDIATE");
    const answer = state.answer(call, NEVER);
    let turns = 0;
    const timer = setInterval(() => ++turns > 3 && other.isTransaction && other.exec("COMMIT"), 1);
    assertEquals((await answer).status, "ok");
    clearInterval(timer);
    other.exec("BEGIN IMMEDIATE");
    const started = performance.now();
    const stopped = await state.answer(call, AbortSignal.timeout(20));
    assertEquals(stopped.status, "error");
    assert(performance.now() - started < BUSY_TIMEOUT_MS / 2, "the end of the guest ends the wait");
    const opening = openSqliteStore(path, kept(), { signal: AbortSignal.timeout(20) });
    await assertRejects(() => opening);
    other.exec("COMMIT");
    other.close();
    store.close();
  });
});
