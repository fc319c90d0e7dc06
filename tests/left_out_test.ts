/** What a build leaves out, takes from elsewhere or cannot read: nothing of it in silence. */

import { assertEquals, assertRejects } from "@std/assert";
import { BuildError, buildPack } from "../mod.ts";
import { tempFolder } from "./_helpers.ts";
import { goodFiles, MINIMAL, shortFindings, sources } from "./_sources.ts";
import { unpack, write } from "./pack/_packs.ts";

/** The files that a pack carries as they are. */
async function carried(archive: Uint8Array): Promise<string[]> {
  return [...(await unpack(archive)).keys()].filter((name) => name.startsWith("assets/"));
}

Deno.test("buildPack() warns of every file that it leaves out", async () => {
  await using folder = await sources(
    await goodFiles({
      "README.md": "read me",
      "pack.lock.json": "{}",
      ".gitignore": "dist",
      "last.gtpack": "built before",
      "src/lib.rs": "source",
      "assets/.hidden": "x",
      "assets/sub/.well-known/a.json": "{}",
      "schemas/.swp": "x",
    }),
  );
  const { archive, findings } = await buildPack(folder.path);
  assertEquals(await carried(archive), ["assets/note.txt"]);
  const dot = "because its name begins with a dot", beside = "because it lies beside the folders of a pack";
  assertEquals(shortFindings(findings), [
    `warning assets/.hidden: "assets/.hidden" is left out, ${dot}`,
    `warning assets/sub/.well-known: "assets/sub/.well-known" is left out, ${dot}`,
    `warning schemas/.swp: "schemas/.swp" is left out, ${dot}`,
    `warning README.md: "README.md" is left out, ${beside}`,
    `warning pack.lock.json: "pack.lock.json" is left out, ${beside}`,
  ]);
  assertEquals(findings[0]!.hint, 'List it as one of the "assets" in pack.yaml to pack it');
});

Deno.test("buildPack() packs what its author lists, whatever it is called", async () => {
  const listed = ["README.md", "assets/.hidden", "assets/.well-known/a.json"];
  await using folder = await sources(
    await goodFiles({
      "pack.yaml": `${MINIMAL}assets: [${listed.join(", ")}]\n`,
      "README.md": "read me",
      "assets/.hidden": "x",
      "assets/.well-known/a.json": "{}",
      "assets/.well-known/b.json": "{}",
    }),
  );
  const { archive, findings } = await buildPack(folder.path);
  assertEquals((await carried(archive)).sort(), [
    ...["assets/.hidden", "assets/.well-known/a.json", "assets/README.md", "assets/note.txt"],
  ]);
  assertEquals(findings.map(({ place }) => place), ["assets/.well-known/b.json"]);
});

Deno.test({
  name: "buildPack() warns of links that lead out of the folder, and names both ends",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using outside = await tempFolder();
    await write(`${outside.path}/secret.txt`, "secret");
    await write(`${outside.path}/many/a.txt`, "a");
    await write(`${outside.path}/many/b.txt`, "b");
    await using folder = await sources(await goodFiles({ "assets/near.txt": "near" }));
    await Deno.symlink(`${outside.path}/secret.txt`, `${folder.path}/assets/far`);
    await Deno.symlink(`${outside.path}/many`, `${folder.path}/assets/more`);
    await Deno.symlink("near.txt", `${folder.path}/assets/same`);
    const { archive, findings } = await buildPack(folder.path);
    assertEquals((await carried(archive)).length, 6);
    const link = (name: string, target: string) =>
      `warning ${name}: "${name}" is a link to "${target}", which is outside of the folder and goes into the pack`;
    assertEquals(shortFindings(findings), [
      link("assets/far", `${outside.path}/secret.txt`),
      link("assets/more", `${outside.path}/many`),
    ]);
  },
});

Deno.test({
  name: "buildPack() refuses files that are listed and cannot be read, and says why",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await sources(await goodFiles());
    const made = await new Deno.Command("sh", {
      args: [
        "-c",
        "ln -s nowhere assets/broken; mkfifo assets/pipe; mkdir $(printf 'assets/d\\377'); " +
        "touch $(printf 'assets/f\\377') $(printf 'assets/d\\377/x') $(printf 'flows/f\\377.ygtc'); " +
        "mkdir i18n; ln -s nowhere components/gone.wasm; touch components/empty.wasm i18n/$(printf '\\377')",
      ],
      cwd: folder.path,
    }).output();
    assertEquals(made.success, true);
    const error: BuildError = await assertRejects(() => buildPack(folder.path), BuildError);
    const utf8 = "cannot be read: its name is not UTF-8";
    assertEquals(shortFindings(error.findings), [
      'error components/empty.wasm: File of component "empty" is empty',
      'error components/gone.wasm: File "components/gone.wasm" cannot be read: it is a link that leads nowhere',
      `error flows/f\ufffd.ygtc: Flow file "flows/f\ufffd.ygtc" ${utf8}`,
      `error assets/d\ufffd: Folder "assets/d\ufffd" ${utf8}`,
      `error i18n/\ufffd: File "i18n/\ufffd" ${utf8}`,
    ]);
    await new Deno.Command("sh", { args: ["-c", "rm -r $(printf 'assets/d\\377')"], cwd: folder.path })
      .output();
    const again: BuildError = await assertRejects(() => buildPack(folder.path), BuildError);
    const assets = shortFindings(again.findings).filter((text) => text.includes("assets/"));
    assertEquals(assets.map((text) => text.replaceAll(`${folder.path}/`, "")), [
      'error assets/broken: File "assets/broken" cannot be read: it is a link that leads nowhere',
      `error assets/f\ufffd: File "assets/f\ufffd" ${utf8}`,
      'error assets/pipe: File "assets/pipe" cannot be read: it is no regular file',
    ]);
  },
});
