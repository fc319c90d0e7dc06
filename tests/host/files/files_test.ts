import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../../lib/base/errors.ts";
import type { WitValue } from "../../../lib/base/call.ts";
import type { Answer } from "../../../lib/host/capability.ts";
import { Files } from "../../../lib/host/files/files.ts";
import { HostTree, openHostTree } from "../../../lib/host/files/host_tree.ts";
import { ReadOnlyTree } from "../../../lib/host/files/read_only_tree.ts";
import { tempFolder } from "../../_helpers.ts";
import { bytes, hostCall } from "../_helpers.ts";

const NAME = "wasi:filesystem/types@0.2";
const OPEN = { create: false, directory: false, exclusive: false, truncate: false, follow: true };

/** A folder on disk with a file, a folder, and links that lead in, out and nowhere. */
async function withFolder(work: (path: string) => Promise<void>): Promise<void> {
  await using parent = await tempFolder();
  const path = `${parent.path}/given`;
  await Deno.mkdir(`${path}/sub`, { recursive: true });
  await Deno.writeTextFile(`${path}/a.txt`, "hello");
  await Deno.writeTextFile(`${parent.path}/secret`, "secret");
  await Deno.symlink("a.txt", `${path}/in`);
  await Deno.symlink("../secret", `${path}/out`);
  await Deno.symlink("..", `${path}/up`);
  await Deno.symlink("gone", `${path}/dangling`);
  await work(path);
}

/** Asks for an operation in the first folder. */
async function ask(files: Files, operation: string, ...args: WitValue[]): Promise<Answer> {
  return await files.answer(hostCall(`${NAME}#${operation}`, 0, ...args));
}

function errorOf({ reply }: Answer): unknown {
  return reply.type === "err" ? reply.error : `no error: ${JSON.stringify(reply)}`;
}

function valueOf({ reply }: Answer): unknown {
  if (reply.type !== "ok") throw new Error(`Not ok: ${JSON.stringify(reply)}`);
  return reply.value;
}

Deno.test("Files reads and writes a folder on disk", async () => {
  await withFolder(async (path) => {
    const tree = await openHostTree(path, { readOnly: false });
    const files = new Files([{ guest: "/data", readOnly: false, tree }]);
    const text = (value: unknown) => new TextDecoder().decode(value as Uint8Array);
    assertEquals(text(valueOf(await ask(files, "read", "a.txt", 1, 3))), "ell");
    assertEquals(text(valueOf(await ask(files, "read", "a.txt", 3, 100))), "lo");
    assertEquals(text(valueOf(await ask(files, "read", "in", 0, 100))), "hello");
    assertEquals(valueOf(await ask(files, "open", "new", { ...OPEN, create: true })), {
      type: "regular-file",
      size: 0,
      modifiedMs: (await Deno.stat(`${path}/new`)).mtime!.getTime(),
    });
    assertEquals(valueOf(await ask(files, "write", "new", bytes("abc"), 0)), 3);
    assertEquals(valueOf(await ask(files, "write", "new", bytes("X"), 1)), 1);
    assertEquals(valueOf(await ask(files, "write", "new", bytes("!"), null)), 1);
    assertEquals(await Deno.readTextFile(`${path}/new`), "aXc!");
    await ask(files, "truncate", "new", 2);
    await ask(files, "rename", "new", "sub/moved");
    assertEquals(await Deno.readTextFile(`${path}/sub/moved`), "aX");
    assertEquals(valueOf(await ask(files, "list", "sub")), [{ name: "moved", type: "regular-file" }]);
    assertEquals(errorOf(await ask(files, "rmdir", "sub")), "not-empty");
    await ask(files, "unlink", "sub/moved");
    await ask(files, "rmdir", "sub");
    await ask(files, "mkdir", "other");
    const names = (valueOf(await ask(files, "list", "")) as { name: string }[]).map(({ name }) => name);
    assertEquals(names, ["a.txt", "dangling", "in", "other", "out", "up"]);
  });
});

Deno.test("Files lets no path and no link lead out of a folder", async (t) => {
  await withFolder(async (path) => {
    const tree = await openHostTree(path, { readOnly: false });
    const files = new Files([{ guest: "/data", readOnly: false, tree }]);
    const cases: [operation: string, args: WitValue[]][] = [
      ["read", ["out", 0, 10]],
      ["stat", ["out", true]],
      ["write", ["out", bytes("x"), 0]],
      ["truncate", ["out", 0]],
      ["open", ["out", { ...OPEN, truncate: true }]],
      ["list", ["up"]],
      ["read", ["up/secret", 0, 10]],
      ["open", ["up/new", { ...OPEN, create: true }]],
      ["mkdir", ["up/new"]],
      ["unlink", ["up/secret"]],
      ["rename", ["a.txt", "up/stolen"]],
      ["rename", ["up/secret", "mine"]],
      ["rmdir", [""]],
    ];
    for (const [operation, args] of cases) {
      await t.step(`${operation} ${String(args[0])}`, async () => {
        const answer = await ask(files, operation, ...args);
        assertEquals([errorOf(answer), answer.status], ["not-permitted", "denied"]);
      });
    }
    assertEquals(await Deno.readTextFile(`${path}/../secret`), "secret");
    assertEquals(await Deno.readTextFile(`${path}/a.txt`), "hello");
    await t.step("a link itself may be removed", async () => {
      await ask(files, "unlink", "out");
      assertEquals(await Deno.readTextFile(`${path}/../secret`), "secret");
    });
  });
});

Deno.test("Files names what cannot be done", async (t) => {
  await withFolder(async (path) => {
    const writable = new Files([{
      guest: "/data",
      readOnly: false,
      tree: await openHostTree(path, { readOnly: false }),
    }]);
    const fixed = new Files([{
      guest: "/data",
      readOnly: true,
      tree: await openHostTree(path, { readOnly: true }),
    }]);
    const held = new Files([{
      guest: "/assets",
      readOnly: true,
      tree: new ReadOnlyTree([{ path: "a.txt", size: 5, read: () => bytes("hello") }, {
        path: "sub/b",
        size: 0,
        read: () => Promise.resolve(bytes("")),
      }]),
    }]);
    const create = { ...OPEN, create: true };
    const cases: [Files, operation: string, args: WitValue[], code: string][] = [
      [writable, "read", ["absent", 0, 1], "no-entry"],
      [writable, "read", ["dangling", 0, 1], "no-entry"],
      [writable, "stat", ["a.txt/x", true], "not-directory"],
      [writable, "open", ["a.txt", { ...create, exclusive: true }], "exist"],
      [writable, "open", ["a.txt", { ...OPEN, directory: true }], "not-directory"],
      [writable, "open", ["in", { ...OPEN, follow: false }], "loop"],
      [writable, "open", ["dangling", { ...OPEN, follow: false }], "loop"],
      [writable, "mkdir", ["sub"], "exist"],
      [writable, "unlink", ["sub"], "is-directory"],
      [writable, "rmdir", ["a.txt"], "not-directory"],
      [writable, "list", ["a.txt"], "not-directory"],
      [writable, "odd", ["a.txt"], "unsupported"],
      ...(["write", "truncate", "mkdir", "rmdir", "unlink"] as const).flatMap((
        operation,
      ): [Files, string, WitValue[], string][] => [
        [fixed, operation, ["a.txt", operation === "write" ? bytes("x") : 0, 0], "read-only"],
        [held, operation, ["a.txt", operation === "write" ? bytes("x") : 0, 0], "read-only"],
      ]),
      [fixed, "rename", ["a.txt", "b"], "read-only"],
      [fixed, "open", ["new", create], "read-only"],
      [held, "rename", ["a.txt", "b"], "read-only"],
      [held, "open", ["new", create], "read-only"],
      [held, "open", ["a.txt", { ...create, exclusive: true }], "exist"],
      [held, "read", ["sub", 0, 1], "is-directory"],
      [held, "stat", ["absent", true], "no-entry"],
      [held, "list", ["absent"], "no-entry"],
      [held, "list", ["a.txt"], "not-directory"],
      [held, "read", ["a.txt/x", 0, 1], "not-directory"],
    ];
    for (const [files, operation, args, code] of cases) {
      await t.step(`${operation} ${String(args[0])}: ${code}`, async () => {
        const answer = await ask(files, operation, ...args);
        assertEquals(errorOf(answer), code);
        assertEquals(answer.outputs, { error: code });
      });
    }
    await t.step("a folder that was not given", async () => {
      const answer = await held.answer(hostCall(`${NAME}#stat`, 7, "a.txt", true));
      assertEquals(errorOf(answer), "bad-descriptor");
    });
    assertEquals(await Deno.readTextFile(`${path}/a.txt`), "hello");
  });
});

Deno.test("a folder of Windows takes no names that part paths, name drives or streams", async (t) => {
  await withFolder(async (path) => {
    const tree = new HostTree(path, { readOnly: false, windows: true });
    const files = new Files([{ guest: "/data", readOnly: false, tree }]);
    for (const name of ["..\\secret", "sub\\..\\..\\secret", "C:evil", "a.txt:stream", "sub/..\\x"]) {
      for (
        const [operation, args] of [["mkdir", []], ["read", [0, 1]], ["unlink", []], ["rename", [
          "x",
        ]]] as const
      ) {
        await t.step(`${operation} ${name}`, async () => {
          assertEquals(errorOf(await ask(files, operation, name, ...args)), "not-permitted");
        });
      }
    }
  });
});

Deno.test({
  name: "Files opens no pipe, whose reader could wait for ever",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (path) => {
      await new Deno.Command("mkfifo", { args: [`${path}/pipe`] }).output();
      const tree = await openHostTree(path, { readOnly: true });
      const files = new Files([{ guest: "/data", readOnly: true, tree }]);
      assertEquals(errorOf(await ask(files, "open", "pipe", OPEN)), "not-permitted");
      assertEquals(errorOf(await ask(files, "read", "pipe", 0, 1)), "not-permitted");
      const open = new HostTree(await Deno.realPath(path), { readOnly: false });
      const writable = new Files([{ guest: "/data", readOnly: false, tree: open }]);
      assertEquals(errorOf(await ask(writable, "write", "pipe", bytes("x"), 0)), "not-permitted");
      assertEquals(errorOf(await ask(writable, "write", "pipe", bytes("x"), null)), "not-permitted");
      assertEquals(errorOf(await ask(writable, "truncate", "pipe", 0)), "not-permitted");
      assertEquals(
        errorOf(await ask(writable, "open", "pipe", { ...OPEN, truncate: true })),
        "not-permitted",
      );
    });
  },
});

Deno.test("Files keeps the contents of files out of the record", async () => {
  const tree = new ReadOnlyTree([{ path: "a/b.txt", size: 5, read: () => bytes("hello") }]);
  const files = new Files([{ guest: "/assets", readOnly: true, tree }]);
  const call = hostCall(`${NAME}#read`, 0, "a/b.txt", 0, 10);
  assertEquals(files.describe(call), { path: "/assets/a/b.txt" });
  assertEquals((await files.answer(call)).outputs, { bytes: 5 });
  assertEquals((await ask(files, "list", "a")).outputs, { entries: 1 });
  assertEquals(files.describe(hostCall(`${NAME}#rename`, 0, "x", "y")), {
    path: "/assets/x",
    to: "/assets/y",
  });
  const write = hostCall(`${NAME}#write`, 0, "x", bytes("secret"), 0);
  assert(!JSON.stringify([files.describe(write), (await files.answer(write)).outputs]).includes("secret"));
});

Deno.test("openHostTree() opens folders only", async (t) => {
  await withFolder(async (path) => {
    for (const name of ["a.txt", "absent", "dangling"]) {
      await t.step(name, async () => {
        const opening = () => openHostTree(`${path}/${name}`, { readOnly: true });
        const error = await assertRejects(opening, RunnerError, "must point to a directory");
        assertEquals([error.code, error.place], ["option.invalid", `${path}/${name}`]);
      });
    }
    await t.step("and a link to one by its real path", async () => {
      const tree = await openHostTree(`${path}/up/given`, { readOnly: true });
      const files = new Files([{ guest: "/", readOnly: true, tree }]);
      assertEquals((await files.answer(hostCall(`${NAME}#read`, 0, "a.txt", 0, 9))).status, "ok");
    });
  });
});
