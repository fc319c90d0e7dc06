/** Reads files of a run directory that somebody else may have put there: nothing that has no end, or waits for a writer. */

/**
 * The text of a file.
 *
 * @throws {Deno.errors.NotSupported} When it is a folder, a device or a pipe, and what Deno throws for what cannot be read.
 */
export async function readRegularText(path: string): Promise<string> {
  // A pipe would let its reader wait for ever, and some devices never end.
  if (!(await Deno.stat(path)).isFile) throw new Deno.errors.NotSupported("It is no regular file");
  return await Deno.readTextFile(path);
}
