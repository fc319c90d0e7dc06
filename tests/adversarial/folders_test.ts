/** Folders as packs, with the hostilities that a file system has to offer. */

import { assert, assertEquals } from "@std/assert";
import { packFiles } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { tempFolder } from "../_helpers.ts";
import { DEVOK, newSpec, UTF8, write } from "../pack/_packs.ts";
import { assertPathRefused, type Expected } from "./_hostile.ts";

/** A folder with a pack, and something that is done to it. */
async function refuse(hostility: (path: string) => Promise<unknown>, expected: Expected): Promise<void> {
  await using folder = await tempFolder();
  const path = `${folder.path}/pack`;
  for (const [name, bytes] of await packFiles(newSpec())) await write(`${path}/${name}`, bytes);
  await hostility(path);
  await assertPathRefused(path, expected);
}

/** Does what no call of Deno does. */
async function shell(script: string, cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", { args: ["-c", script], cwd }).output();
  assert(success, new TextDecoder().decode(stderr));
}

const UNIX = Deno.build.os !== "windows";

Deno.test("the command refuses folders that mean harm", { ignore: !UNIX }, async (t) => {
  const link = "pack.unsupported.link", other = "pack.unsupported.file_type", unsafe = "pack.unsafe_path";
  const rows: [string, (path: string) => Promise<unknown>, string, string?][] = [
    ["a link to a file outside", (path) => Deno.symlink("/etc/passwd", `${path}/assets/x`), link, "assets/x"],
    ["a link to a file inside", (path) => Deno.symlink("greeting.txt", `${path}/assets/x`), link, "assets/x"],
    [
      "a link in the manifest's place",
      async (path) => {
        await Deno.rename(`${path}/manifest.cbor`, `${path}/../manifest.cbor`);
        await Deno.symlink("../manifest.cbor", `${path}/manifest.cbor`);
      },
      link,
      "manifest.cbor",
    ],
    ["a link to itself", (path) => Deno.symlink("x", `${path}/x`), link, "x"],
    ["a link to its own folder", (path) => Deno.symlink(".", `${path}/assets/loop`), link, "assets/loop"],
    ["a link to the folder above", (path) => Deno.symlink("..", `${path}/assets/up`), link, "assets/up"],
    ["a link to nothing", (path) => Deno.symlink("/absent", `${path}/x`), link, "x"],
    ["a link to a device", (path) => Deno.symlink("/dev/zero", `${path}/x`), link, "x"],
    ["a pipe", (path) => shell("mkfifo assets/pipe", path), other, "assets/pipe"],
    [
      "a pipe in the manifest's place",
      (path) => shell("rm manifest.cbor && mkfifo manifest.cbor", path),
      other,
    ],
    ["a backslash", (path) => write(`${path}/assets/a\\b`, "x"), unsafe],
    ["a backslash that climbs", (path) => write(`${path}/..\\x`, "x"), unsafe],
    ["a drive", (path) => write(`${path}/c:x`, "x"), unsafe],
    ["terminal commands in a name", (path) => write(`${path}/\x1b[2J`, "x"), unsafe],
    ["a line end in a name", (path) => write(`${path}/assets/a\nb`, "x"), unsafe],
    [
      "twins by case",
      async (path) => {
        for (const name of ["x", "X"]) await write(`${path}/assets/${name}`, name);
      },
      "pack.duplicate_entry",
      "assets/x",
    ],
    ["twins by Unicode form", async (path) => {
      for (const name of ["\u00e9", "e\u0301"]) await write(`${path}/assets/${name}`, name);
    }, "pack.duplicate_entry"],
    ["a file too many", (path) => write(`${path}/assets/x`, "x"), "verify.extra_file", "assets/x"],
    ["a file too few", (path) => Deno.remove(`${path}/assets/greeting.txt`), "verify.missing_file"],
    ["a changed file", (path) => write(`${path}/assets/greeting.txt`, "hallo"), "verify.digest"],
    [
      "a file beyond the limit",
      async (path) => {
        await write(`${path}/assets/x`, "");
        await Deno.truncate(`${path}/assets/x`, 2 ** 40);
      },
      "pack.limit.entry",
      "assets/x",
    ],
    ["files beyond the limit together", async (path) => {
      for (const name of "abcde") {
        await write(`${path}/assets/${name}`, "");
        await Deno.truncate(`${path}/assets/${name}`, 15 * 1024 * 1024);
      }
    }, "pack.limit.archive"],
    ["10 001 files", (path) => shell("cd assets && seq 10001 | xargs touch", path), "pack.limit.entries"],
    [
      "a folder 1000 deep",
      (path) => shell("for i in $(seq 1000); do mkdir d && cd d; done; echo x > f", path),
      "pack.unsafe_path",
    ],
    ["no manifest", (path) => Deno.remove(`${path}/manifest.cbor`), "manifest.missing", "manifest.cbor"],
    ["a folder in the manifest's place", async (path) => {
      await Deno.remove(`${path}/manifest.cbor`);
      await Deno.mkdir(`${path}/manifest.cbor`);
    }, "manifest.missing"],
  ];
  for (const [step, hostility, code, names] of rows) {
    await t.step(step, () => refuse(hostility, { code, ...(names === undefined ? {} : { names }) }));
  }
});

Deno.test(
  "the command refuses a file that may not be read, and what is no file",
  { ignore: !UNIX },
  async (t) => {
    // Nothing is unreadable to the superuser.
    await t.step({
      name: "a file without permission",
      ignore: Deno.uid() === 0,
      fn: () => refuse((path) => Deno.chmod(`${path}/manifest.cbor`, 0), { code: "pack.not_found", exit: 3 }),
    });
    for (const path of ["/dev/null", "/dev/zero"]) {
      await t.step(path, () => assertPathRefused(path, { code: "pack.not_zip", names: path }));
    }
    await t.step("a pipe", async () => {
      await using folder = await tempFolder();
      await shell("mkfifo x.gtpack", folder.path);
      await assertPathRefused(`${folder.path}/x.gtpack`, { code: "pack.not_zip", names: "x.gtpack" });
    });
  },
);

Deno.test("openPack() takes links to packs, and names that only look odd", { ignore: !UNIX }, async () => {
  await using folder = await tempFolder();
  const assets = new Map(
    ["a b", "ü", "-x", "%2e%2e", "#", "?", "..."].map((name) => [name, UTF8.encode(name)]),
  );
  for (const [name, bytes] of await packFiles(newSpec({ assets }))) {
    await write(`${folder.path}/pack/${name}`, bytes);
  }
  await Deno.symlink("pack", `${folder.path}/link`);
  const pack = await openPack(`${folder.path}/link`, DEVOK);
  for (const [name, bytes] of assets) assertEquals(await pack.read(`assets/${name}`), bytes);
  const byUrl = await openPack(new URL(`file://${folder.path}/pack/`), DEVOK);
  for (const [name, bytes] of assets) assertEquals(await byUrl.read(`assets/${name}`), bytes);
});
