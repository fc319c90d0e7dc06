/**
 * Asks a component what it can do, through the function that its world has for that. Runs guest code, and gives it
 * nothing: every host call is refused, and all limits of a run hold.
 */

import { type Failure, failureOfError } from "./base/call.ts";
import { isArray, type Json, member, stringMember } from "./base/json.ts";
import { WorkerHost } from "./component/worker_host.ts";
import { WorkerPool } from "./component/worker_pool.ts";
import { allOffers } from "./host/capabilities.ts";
import type { ResolvedOptions } from "./options.ts";
import type { PackComponent } from "./pack/components.ts";

/** What a component said of itself: its operations, or why it said none. */
export type SelfDescription =
  | { readonly operations: readonly string[] }
  | { readonly problem: string };

/** Asks a component for its operations. Never throws for what the component does. */
export async function describeComponent(
  component: PackComponent,
  options: ResolvedOptions,
): Promise<SelfDescription> {
  using pool = new WorkerPool();
  await using components = new WorkerHost({
    components: [component],
    offers: allOffers(),
    answer: () => ({ type: "abort", failure: { code: "node.kind", message: "Nothing is granted here" } }),
    emit: () => {},
    identity: options.identity,
    wasi: { environment: [], arguments: [], preopens: [], clock: null, seed: null },
    limits: options.limits,
    cacheDir: options.cacheDir,
  }, { pool, compiled: new Map() });
  try {
    const [use] = await components.prepare([{ id: component.id, via: "component" }]);
    // A command takes any word as its first argument, and has no way to tell which it knows.
    if (use?.world?.startsWith("wasi:cli/run@")) return { operations: ["run"] };
  } catch (error) {
    return problemOf(failureOfError(error));
  }
  const signal = options.signal ?? new AbortController().signal;
  const outcome = await components.invoke({
    callId: "describe",
    flowId: "inspect",
    flowPath: [],
    nodeId: "describe",
    attempt: 1,
    via: "component",
    component: component.id,
    operation: "",
    describe: true,
    input: null,
    state: null,
  }, signal);
  if (outcome.status !== "ok") return problemOf(outcome.failure);
  const operations = operationsOf(outcome.output);
  return operations.length > 0 ? { operations } : { problem: "the component names no operations" };
}

function problemOf({ message, hint }: Failure): SelfDescription {
  return { problem: hint === undefined ? message : `${message}. ${hint}` };
}

/** The operations in a description: texts or objects with a name, under `operations` or `ops`. */
function operationsOf(description: Json): string[] {
  const listed = member(description, "operations") ?? member(description, "ops");
  return (isArray(listed) ? listed : []).flatMap((item) =>
    typeof item === "string" ? item : stringMember(item, "name") ?? stringMember(item, "id") ?? []
  );
}
