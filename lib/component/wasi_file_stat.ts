/** What WASI says of files and folders, in the units and shapes of `wasi:filesystem/types` 0.2. Never asks for anything. */

import { entryBytes } from "../base/bytes.ts";
import type { FileEntry, FileStat } from "../base/files.ts";
import { Handle, type Handles } from "./wasi_handles.ts";

const NANOSECONDS_PER_MS = 1_000_000;

/** The `descriptor-stat` of WASI. */
export interface DescriptorStat {
  readonly type: FileStat["type"];
  readonly linkCount: bigint;
  readonly size: bigint;
  readonly dataAccessTimestamp: undefined;
  readonly dataModificationTimestamp: { readonly seconds: bigint; readonly nanoseconds: number } | undefined;
  readonly statusChangeTimestamp: undefined;
}

/** The names in a folder, one after another. */
export class DirectoryEntryStream extends Handle {
  #entries: readonly FileEntry[];
  #next = 0;

  constructor(handles: Handles, entries: readonly FileEntry[]) {
    super(handles);
    this.#entries = entries;
    this.keep(entries.reduce((sum, { name }) => sum + entryBytes(name), 0));
  }

  readDirectoryEntry(): FileEntry | undefined {
    const entry = this.#entries[this.#next++];
    if (entry === undefined) this.#letGo();
    return entry;
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#letGo();
  }

  #letGo(): void {
    this.#entries = [];
    this.keep(0);
  }
}

/** What WASI says of a file. */
export function describeFile({ type, size, modifiedMs }: FileStat): DescriptorStat {
  return {
    type,
    linkCount: 1n,
    size: BigInt(size),
    dataAccessTimestamp: undefined,
    // WASI knows no time before 1970.
    dataModificationTimestamp: modifiedMs === null ? undefined : timestamp(Math.max(0, modifiedMs)),
    statusChangeTimestamp: undefined,
  };
}

function timestamp(ms: number): { seconds: bigint; nanoseconds: number } {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: Math.floor(ms % 1000) * NANOSECONDS_PER_MS };
}

/** A number that is the same for the same file with the same contents, as far as its size and time tell: FNV-1a. */
export function hashOf(
  folder: number,
  path: readonly string[],
  { size, dataModificationTimestamp }: DescriptorStat,
): { upper: bigint; lower: bigint } {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${folder}/${path.join("/")}`)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return { upper: hash, lower: size ^ ((dataModificationTimestamp?.seconds ?? 0n) << 32n) };
}
