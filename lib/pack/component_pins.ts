/**
 * Which digest a component must have, who demands it, and whether its bytes have it. Tampering refuses a pack whatever
 * the policy; a file that takes the place of a component on purpose only differs, which the policy decides. Never looks
 * for components.
 */

import { sha256Hex } from "../base/digest.ts";
import type { ComponentOrigin, PinnedBy } from "../base/result.ts";
import type { ListedSource } from "./component_sources.ts";
import type { ListedDigest } from "./manifest.ts";
import type { Judge } from "./verify.ts";

/** A digest that is demanded of a component. */
export interface Pin {
  /** The digest as it is written: `sha256:` or `blake3:` and hex; hex alone counts as SHA-256. */
  readonly digest: string;
  /** Who demands it. */
  readonly by: PinnedBy;
}

/** A component's bytes, and where they were found. */
export interface Found {
  /** Where. */
  readonly origin: ComponentOrigin;
  /** The entry, or the path of a file outside of the pack. */
  readonly entry: string;
  /** The size in bytes. */
  readonly size: number;
  /** The BLAKE3 digest in hex. */
  readonly blake3: () => Promise<string>;
  /** The bytes; not to be changed. */
  readonly read: () => Promise<Uint8Array>;
}

/** What is said of a component by those who may pin it. */
export interface Pinning {
  /** What the lock says. */
  readonly locked: ListedSource | undefined;
  /** What the table of sources says. */
  readonly row: ListedSource | undefined;
  /** What the manifest has of its entry. */
  readonly listed: ListedDigest | undefined;
}

/** The digest that a component must have: the lock's, else the table's, else the one of an older manifest. */
export function pinOf({ locked, row, listed }: Pinning): Pin | undefined {
  if (locked?.digest !== undefined) return { digest: locked.digest, by: "lock" };
  if (row?.digest !== undefined) return { digest: row.digest, by: "table" };
  if (listed === undefined || !/^blake3:[0-9a-f]{64}$/i.test(listed.digest)) return undefined;
  return { digest: listed.digest.toLowerCase(), by: "manifest" };
}

/** What a component's digest is checked with. */
export interface PinContext {
  /** The component's id. */
  readonly id: string;
  /** The digest that it must have, if anybody demands one. */
  readonly pin: Pin | undefined;
  /** Whether the pack has the component, too. */
  readonly bundled: boolean;
  /** Takes the verdict. */
  readonly judge: Judge;
}

/** Checks the digests of components; computes each once, however many components a file is. */
export class PinCheck {
  readonly #sha256 = new Map<string, Promise<string>>();

  /** Notes what the digest of a component says; whether there is one that holds, and that was not checked before. */
  async holds(found: Found, { id, pin, bundled, judge }: PinContext): Promise<boolean> {
    const outside = found.origin !== "pack", place = found.entry;
    const from = `component "${id}" comes from outside of the pack`;
    if (pin === undefined) {
      if (outside) waive({ place, reason: `${from}, and nothing pins its digest`, code: UNPINNED }, judge);
      return false;
    }
    // The entries of an older manifest are checked with the manifest.
    if (pin.by === "manifest" && !outside) return false;
    const fault = await this.#fault(found, pin.digest);
    if (fault === undefined) return true;
    // What takes a component's place on purpose differs from it, and that is no fault of the pack.
    const onPurpose = pin.by === "table" ? found.origin === "map" : pin.by === "manifest";
    if (bundled && onPurpose) {
      const reason = `${from} and differs from the digest that the pack pins: ${fault}`;
      waive({ place, reason, code: DIFFERS }, judge);
      return false;
    }
    judge.mismatch(
      { check: CHECK, place, reason: `component "${id}": ${fault}`, code: DIFFERS },
      `Component "${id}" is not the one that was pinned: ${fault}`,
    );
    return false;
  }

  /** Why a component has not the digest that is demanded, or undefined when it has. */
  async #fault(found: Found, digest: string): Promise<string | undefined> {
    const [, algorithm = "sha256", hex = ""] = /^(?:([^:]+):)?(.*)$/.exec(digest) ?? [];
    const actual = algorithm === "blake3"
      ? await found.blake3()
      : algorithm === "sha256"
      ? await this.#sha256Of(found)
      : undefined;
    if (actual === hex.toLowerCase()) return undefined;
    return actual === undefined
      ? `its digest is pinned as ${digest}, which is neither sha256 nor blake3`
      : `its digest is ${algorithm}:${actual}, pinned is ${digest}`;
  }

  #sha256Of({ entry, read }: Found): Promise<string> {
    let digest = this.#sha256.get(entry);
    if (digest === undefined) this.#sha256.set(entry, digest = read().then(sha256Hex));
    return digest;
  }
}

const CHECK = "components", UNPINNED = "verify.component_unpinned", DIFFERS = "verify.component_digest";

function waive(
  found: { place: string; reason: string; code: typeof UNPINNED | typeof DIFFERS },
  judge: Judge,
): void {
  judge.waivable(
    { check: CHECK, verdict: "untrusted", ...found },
    "Pin the component in a lock file and name it with --lock, or use the policy devok",
  );
}
