/** Understands the command line of `cache`, which is three commands under one name. */

import type { PruneOptions } from "../cache.ts";
import type { RunOptions } from "../options.ts";
import { type Parsed, usage } from "./args.ts";
import { openingOptions, positional } from "./opening.ts";
import { defined } from "./values.ts";

/** `cache warmup PACK`, `cache doctor`, `cache prune`. */
export type CacheCommand =
  & { readonly name: "cache"; readonly json: boolean }
  & (
    | { readonly action: "warmup"; readonly pack: string; readonly options: RunOptions }
    | { readonly action: "doctor"; readonly cacheDir: string | undefined }
    | { readonly action: "prune"; readonly cacheDir: string | undefined; readonly options: PruneOptions }
  );

/** Which of them is asked for. Throws `usage` for none of them. */
export function cacheCommand(parsed: Parsed): CacheCommand {
  const { positional: [action, ...rest], text, flags } = parsed;
  const json = flags.json!, cacheDir = text["cache-dir"];
  checkOptions(parsed, action);
  if (action === "warmup") {
    const pack = positional({ ...parsed, positional: rest }, "pack", "cache warmup");
    return {
      name: "cache",
      action,
      json,
      pack,
      options: defined({ ...openingOptions(parsed), entryFlow: text.flow }),
    };
  }
  if (action !== "doctor" && action !== "prune") {
    const said = action === undefined
      ? "Nothing is said of what to do with the cache"
      : `Command "cache ${action}" is unknown`;
    throw usage(said, "Write cache warmup PACK, cache doctor or cache prune");
  }
  if (rest.length > 0) {
    throw usage(`Argument "${rest[0]}" is one too many`, "Name the folder with --cache-dir");
  }
  if (action === "doctor") return { name: "cache", action, json, cacheDir };
  const days = text["older-than"];
  if (days !== undefined && !/^[0-9]{1,5}$/.test(days)) {
    throw usage(`Option "--older-than" is "${days}"`, "Give a number of days: --older-than 30");
  }
  const options: PruneOptions = defined({
    olderThanMs: days === undefined ? undefined : Number(days) * 24 * 60 * 60 * 1000,
    all: flags.all ? true : undefined,
    dryRun: flags["dry-run"] ? true : undefined,
  });
  return { name: "cache", action, json, cacheDir, options };
}

/** The options that each of them knows beside `--cache-dir` and `--json`; warmup knows all but those of prune. */
const OF_PRUNE = ["older-than", "dry-run", "all"];

/** Throws for an option that another of the three has. */
function checkOptions({ text, lists, flags }: Parsed, action: string | undefined): void {
  const given = [
    ...Object.keys(text).filter((name) => text[name] !== undefined),
    ...Object.keys(lists).filter((name) => lists[name]!.length > 0),
    ...Object.keys(flags).filter((name) => flags[name]),
  ].filter((name) => name !== "cache-dir" && name !== "json");
  const wrong = given.find((name) =>
    action === "warmup" ? OF_PRUNE.includes(name) : action === "doctor" || !OF_PRUNE.includes(name)
  );
  if (wrong === undefined || action === undefined) return;
  throw usage(
    `Option "--${wrong}" is none of "cache ${action}"`,
    "greentic-runner help cache tells its options",
  );
}
