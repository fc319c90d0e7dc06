/** What is told of files on disk. */

import { assertEquals } from "@std/assert";
import { digestOf, namedStatOf, realPlace } from "../../lib/cli/file_signs.ts";
import { tempFolder } from "../_helpers.ts";

/** Calls a function while Deno says of every permission that it would have to ask for it. */
function unasked<T>(call: () => T): T {
  const { querySync } = Deno.permissions;
  const prompt: Deno.PermissionStatus = Object.assign(new EventTarget(), {
    state: "prompt" as const,
    partial: false,
    onchange: null,
  });
  Deno.permissions.querySync = () => prompt;
  try {
    return call();
  } finally {
    Deno.permissions.querySync = querySync;
  }
}

Deno.test("namedStatOf() and realPlace() look at nothing for which Deno would ask", async () => {
  await using temp = await tempFolder();
  const { path } = temp;
  await Deno.symlink(path, `${path}/link`);
  assertEquals(namedStatOf(`${path}/link`)?.isDirectory, true);
  assertEquals(realPlace(`${path}/link`), path);
  assertEquals(unasked(() => namedStatOf(`${path}/link`)), null);
  assertEquals(unasked(() => realPlace(`${path}/link`)), `${path}/link`);
});

Deno.test("realPlace() follows links as far as a path is there", async () => {
  await using temp = await tempFolder();
  const { path } = temp;
  await Deno.mkdir(`${path}/a`);
  await Deno.symlink(`${path}/a`, `${path}/link`);
  assertEquals(realPlace(`${path}/link/b/c.json`), `${path}/a/b/c.json`);
  assertEquals(realPlace(`${path}/absent/c.json`), `${path}/absent/c.json`);
});

Deno.test("digestOf() is null for what is no file, or is not there", async () => {
  await using temp = await tempFolder();
  assertEquals(await digestOf(temp.path), null);
  assertEquals(await digestOf(`${temp.path}/absent`), null);
});
