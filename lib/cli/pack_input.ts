/** The pack that a command line names: a path, or the bytes of standard input. */

import { RunnerError } from "../base/errors.ts";
import { resolveOptions, type RunOptions } from "../options.ts";
import { ownBytes, type PackInput } from "../pack/pack_input.ts";
import type { CommandIo } from "./print.ts";

/** What is opened for a pack's name; `-` is standard input, of which no more is read than the limit allows. */
export async function packInput(pack: string, options: RunOptions, io: CommandIo): Promise<PackInput> {
  if (pack !== "-") return pack;
  const { maxArchiveBytes } = resolveOptions(options).limits;
  const name = "standard input";
  try {
    return ownBytes(name, await io.stdin(maxArchiveBytes + 1));
  } catch (cause) {
    if (io.interrupt.aborted) {
      throw new RunnerError("run.cancelled", "Interrupted before the pack was read");
    }
    throw new RunnerError("pack.not_found", "Pack cannot be read from standard input", {
      place: name,
      cause,
    });
  }
}

/**
 * The pack of a command, once `check` is content with what Deno permits. What is in standard input is known only when it
 * was read: it is checked without it before, as null, and with it after.
 */
export async function permittedInput(
  pack: string,
  options: RunOptions,
  { io, check }: { io: CommandIo; check: (source: PackInput | null) => Promise<void> },
): Promise<PackInput> {
  const named = pack === "-" ? null : pack;
  await check(named);
  const input = await packInput(pack, options, io);
  if (named === null) await check(input);
  return input;
}
