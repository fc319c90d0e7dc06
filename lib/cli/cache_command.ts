/** `cache warmup PACK`, `cache doctor`, `cache prune`: looks after the folder of prepared components. */

import { requirePermissions } from "../base/permission.ts";
import { type CacheFile, cacheFolder, listCache, pruneCache, warmUpCache } from "../cache.ts";
import { cacheNeeds, warmUpNeeds } from "../command_needs.ts";
import type { CacheCommand } from "./cache_args.ts";
import { EXIT } from "./exit_codes.ts";
import { permittedInput } from "./pack_input.ts";
import { bytesText, type CommandIo, count, jsonText, visible } from "./print.ts";
import { table } from "./table.ts";
import { stepTeller } from "./steps.ts";

/** Carries out the command and gives the exit code. */
export async function cacheCommand(command: CacheCommand, io: CommandIo): Promise<number> {
  switch (command.action) {
    case "warmup":
      return await warmUp(command, io);
    case "doctor":
      return await examine(command, io);
    case "prune":
      return await prune(command, io);
  }
}

async function warmUp(
  { pack, options, json }: CacheCommand & { readonly action: "warmup" },
  io: CommandIo,
): Promise<number> {
  const source = await permittedInput(pack, options, {
    io,
    check: async (source) => requirePermissions(await warmUpNeeds(source, options)),
  });
  const { cacheDir, components } = await warmUpCache(source, {
    ...options,
    progress: stepTeller(io),
    signal: io.interrupt,
  });
  const made = components.filter(({ cacheHit }) => !cacheHit).length;
  if (json) {
    const listed = components.map(({ id, digest, world, cacheHit }) => ({
      id,
      digest,
      world,
      cache_hit: cacheHit,
    }));
    io.stdout(jsonText({ cache_dir: cacheDir, components: listed }));
  } else {
    const rows = components.map(({ id, world, cacheHit, prepareMs }) => [
      cacheHit ? "was there" : "prepared",
      id,
      world ?? "-",
      `${prepareMs.toFixed(0)} ms`,
    ]);
    printTable(rows, io);
  }
  io.stderr(`${visible(cacheDir)}: ${count(components.length, "component")}, ${made} of them prepared now\n`);
  return EXIT.ok;
}

async function examine(
  { cacheDir, json }: CacheCommand & { readonly action: "doctor" },
  io: CommandIo,
): Promise<number> {
  requirePermissions(cacheNeeds(cacheFolder(cacheDir), { changes: false }));
  const files = await listCache(cacheDir);
  printFiles(files, { json, io });
  const damaged = files.filter(({ state }) => state === "damaged").length;
  const useless = files.filter(({ state }) => state === "outdated" || state === "leftover").length;
  io.stderr(`${count(files.length, "file")}, ${size(files)}: ${damaged} damaged, ${useless} of no use\n`);
  if (damaged + useless > 0) io.stderr("  hint: greentic-runner cache prune removes them\n");
  return damaged > 0 ? EXIT.failed : EXIT.ok;
}

async function prune(
  { cacheDir, json, options }: CacheCommand & { readonly action: "prune" },
  io: CommandIo,
): Promise<number> {
  requirePermissions(cacheNeeds(cacheFolder(cacheDir), { changes: options.dryRun !== true }));
  const removed = await pruneCache(cacheDir, options);
  printFiles(removed, { json, io });
  const what = options.dryRun === true ? "would be removed" : "removed";
  io.stderr(`${count(removed.length, "file")} ${what}, ${size(removed)}\n`);
  return EXIT.ok;
}

function printFiles(files: readonly CacheFile[], { json, io }: { json: boolean; io: CommandIo }): void {
  if (json) {
    const listed = files.map(({ ageMs, ...file }) => ({ ...file, age_ms: Math.round(ageMs) }));
    return io.stdout(jsonText({ files: listed }));
  }
  printTable(
    files.map((file) => [file.state, size([file]), age(file.ageMs), file.place ?? "-", file.name]),
    io,
  );
}

function printTable(rows: readonly (readonly string[])[], io: CommandIo): void {
  for (const row of table(rows, io.terminal.dataColumns())) io.stdout(`${visible(row)}\n`);
}

function size(files: readonly CacheFile[]): string {
  return bytesText(files.reduce((sum, { bytes }) => sum + bytes, 0));
}

function age(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 60) return `${minutes.toFixed(0)} min`;
  return minutes < 48 * 60 ? `${(minutes / 60).toFixed(0)} h` : `${(minutes / 60 / 24).toFixed(0)} d`;
}
