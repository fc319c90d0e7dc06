/**
 * What the record of a run says of components: how each was resolved, and what pins it, beside what became of it when
 * it was prepared. Never reads their bytes.
 */

import type { ComponentUse, RunStage } from "./base/result.ts";
import type { Pack } from "./pack/pack.ts";
import type { PackComponent } from "./pack/components.ts";

/** The components that were prepared, or all of the pack where none of them could be. */
export function componentUses(
  pack: Pack | null,
  { prepared, stage }: { readonly prepared: readonly ComponentUse[]; readonly stage: RunStage },
): ComponentUse[] {
  const components = pack?.components ?? [];
  if (stage === "resolve" && prepared.length === 0) return components.map(unprepared);
  const known = new Map(components.map((component) => [component.id, component]));
  return prepared.map((use) => ({ ...use, ...resolution(known.get(use.id)) }));
}

function unprepared(component: PackComponent): ComponentUse {
  const { id, origin, entry } = component;
  return {
    id,
    origin,
    entry,
    digest: null,
    world: null,
    cacheHit: false,
    prepareMs: 0,
    ...resolution(component),
  };
}

function resolution(
  component: PackComponent | undefined,
): Pick<ComponentUse, "pinned" | "pinnedBy" | "reference"> {
  const { pinned, pinnedBy, reference } = component ?? {};
  return {
    ...(pinned === undefined ? {} : { pinned }),
    ...(pinnedBy === undefined ? {} : { pinnedBy }),
    ...(reference === undefined ? {} : { reference }),
  };
}
