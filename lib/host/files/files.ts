/**
 * The files of guests: the folders that a run gives them, each read-only or not. Guests find them through WASI, which
 * asks here for each thing that is done.
 *
 * Interface: that of `base/files.ts`.
 */

import type { HostCall, WitValue } from "../../base/call.ts";
import { FILES, type OpenFlags } from "../../base/files.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";
import { FileError, type FileErrorCode, type Tree } from "./tree.ts";

/** A folder that guests are given. */
export interface GivenFolder {
  /** The absolute path by which guests know it. */
  readonly guest: string;
  /** Whether nothing in it may be changed. */
  readonly readOnly: boolean;
  /** What is in it. */
  readonly tree: Tree;
}

const OPERATIONS = [
  "stat",
  "list",
  "open",
  "read",
  "write",
  "truncate",
  "mkdir",
  "rmdir",
  "unlink",
  "rename",
];

/** Codes that say: not for this guest. */
const DENIALS: readonly FileErrorCode[] = ["access", "not-permitted", "read-only"];

/** Answers what guests do with files. */
export class Files implements Capability {
  readonly name = "files";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    [FILES]: OPERATIONS,
  };
  readonly #folders: readonly GivenFolder[];

  /** Serves folders by their place in the list. */
  constructor(folders: readonly GivenFolder[]) {
    this.#folders = folders;
  }

  describe({ fn, args }: HostCall): Json {
    const folder = this.#folders[Number(args[0])]?.guest ?? "";
    const path = [folder, String(args[1])].filter((part) => part !== "").join("/");
    return fn === "rename" ? { path, to: `${folder}/${String(args[2])}` } : { path };
  }

  answer({ fn, args: [number, path, ...more] }: HostCall): Answer | Promise<Answer> {
    const tree = this.#folders[Number(number)]?.tree;
    if (tree === undefined) return refused("bad-descriptor");
    try {
      const result = doneIn(tree, { fn, path: String(path), more });
      return result instanceof Promise ? result.then(done, refusal) : done(result);
    } catch (error) {
      return refusal(error);
    }
  }
}

interface FileCall {
  readonly fn: string;
  readonly path: string;
  readonly more: readonly WitValue[];
}

function doneIn(tree: Tree, { fn, path, more: [first, second] }: FileCall): unknown {
  switch (fn) {
    case "stat":
      return tree.stat(path, first === true);
    case "list":
      return tree.list(path);
    case "open":
      return tree.open(path, first as unknown as OpenFlags);
    case "read":
      return tree.read(path, Number(first), Number(second));
    case "write":
      return tree.write(path, first as Uint8Array, second === null ? null : Number(second));
    case "truncate":
      return tree.truncate(path, Number(first));
    case "mkdir":
      return tree.mkdir(path);
    case "rmdir":
      return tree.rmdir(path);
    case "unlink":
      return tree.unlink(path);
    case "rename":
      return tree.rename(path, String(first));
    default:
      throw new FileError("unsupported");
  }
}

function done(result: unknown): Answer {
  return {
    reply: { type: "ok", value: result as WitValue },
    status: "ok",
    provider: "real",
    outputs: told(result),
  };
}

/** What the record says of a result: never what stands in a file. */
function told(result: unknown): Json {
  if (result instanceof Uint8Array) return { bytes: result.length };
  if (typeof result === "number") return { bytes: result };
  if (Array.isArray(result)) return { entries: result.length };
  return result === undefined ? null : { ...result as JsonObject };
}

function refusal(error: unknown): Answer {
  if (error instanceof FileError) return refused(error.code);
  throw error;
}

function refused(code: FileErrorCode): Answer {
  return {
    reply: { type: "err", error: code },
    status: DENIALS.includes(code) ? "denied" : "error",
    provider: "real",
    outputs: { error: code },
  };
}
