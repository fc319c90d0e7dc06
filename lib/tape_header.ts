/**
 * What the tape of a run tells of it, beside what came to it: enough to run it again. Never hides a secret: whoever writes
 * it does.
 */

import type { Failure } from "./base/call.ts";
import type { JsonObject } from "./base/json.ts";
import type { Snapshot } from "./engine/snapshot.ts";
import { addressOf, optionsJson } from "./kept_options.ts";
import type { ResolvedOptions } from "./options.ts";
import type { PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import { failureToJson } from "./record/failure_json.ts";

/** The first line of a tape. */
export function tapeHeader(
  source: PackInput,
  options: ResolvedOptions,
  { pack, resume = null, refused = null }: {
    pack: Pack | null;
    /** What the run went on from. */
    resume?: { readonly snapshot: Snapshot; readonly parent: string } | null;
    /** Why the run was not granted what it needs, such as a secret. */
    refused?: Failure | null;
  },
): JsonObject {
  const { input, turns, entryFlow, entrypoint, entryNode, operation } = options;
  return {
    pack_source: addressOf(source),
    pack_digest: pack?.digest ?? null,
    entry_flow: entryFlow,
    entrypoint,
    entry_node: entryNode,
    operation,
    input,
    turns: [...turns],
    options: optionsJson(options, pack),
    refused: refused === null ? null : failureToJson(refused),
    resume: resume === null ? null : { parent: resume.parent, snapshot: { ...resume.snapshot } },
  };
}
