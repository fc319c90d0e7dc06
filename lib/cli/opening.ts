/**
 * What the arguments and options mean that commands share which open a pack or read a run: what is named, verification,
 * components, limits.
 */

import type { ComponentsOptions, RunOptions } from "../options.ts";
import { type Parsed, usage } from "./args.ts";
import { defined, limitsOf, mapOf } from "./values.ts";

/** The options of a run that say how its pack is opened. */
export function openingOptions({ text, lists, flags }: Parsed): RunOptions {
  if (text.policy !== undefined && text.policy !== "strict" && text.policy !== "devok") {
    throw usage(`Option "--policy" is "${text.policy}"`, `Use --policy strict or --policy devok`);
  }
  const components: ComponentsOptions = defined({
    map: mapOf(lists["components-map"]!),
    dir: text["components-dir"],
    lock: text.lock,
    allowMissingHash: flags["allow-missing-hash"] ? true : undefined,
  });
  return defined({
    signing: flags["strict-signing"] ? "strict" : text.policy,
    trust: lists.trust!.length === 0 ? undefined : lists.trust,
    components: Object.keys(components).length === 0 ? undefined : components,
    cacheDir: flags["no-cache"] ? null : text["cache-dir"],
    limits: limitsOf(text),
  });
}

/** The run that is named, as the one argument; the hints show the command that wants it, and what to do with a second one. */
export function runArgument(
  { positional: [run, more] }: Pick<Parsed, "positional">,
  command: string,
  one: string,
): string {
  if (run === undefined || run === "") {
    throw usage("No run is named", `Name its run directory: greentic-runner ${command} .greentic/runs/…`);
  }
  if (more !== undefined) throw usage(`Argument "${more}" is one too many`, one);
  return run;
}

/** The pack or folder that is named, as the one argument or with `--pack`. The hint shows the command that wants it. */
export function positional(
  { positional, text }: Parsed,
  what: "pack" | "folder",
  command: string,
): string {
  const named = text.pack === undefined ? positional : [text.pack, ...positional];
  if (named.length === 0 || named[0] === "") {
    throw usage(
      `No ${what} is named`,
      `Name one: greentic-runner ${command} ${what === "pack" ? "my.gtpack" : "my-pack"}`,
    );
  }
  if (named.length > 1) {
    throw usage(`Argument "${named[1]}" is one too many`, `Name one ${what}; quote an input that has spaces`);
  }
  return named[0]!;
}
