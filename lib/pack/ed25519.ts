/** Ed25519 by Web Crypto: whether a signature holds. Never says whose key it is. */

import { unshared } from "../base/digest.ts";

/** Whether a signature of a message holds for a key of 32 bytes. */
export async function ed25519Holds(
  key: Uint8Array,
  signed: { signature: Uint8Array; message: Uint8Array },
): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey("raw", unshared(key), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify(
      "Ed25519",
      imported,
      unshared(signed.signature),
      unshared(signed.message),
    );
  } catch {
    // A key that is no point of the curve verifies nothing.
    return false;
  }
}
