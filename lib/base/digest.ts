/**
 * Digests: SHA-256 by Web Crypto, BLAKE3 by WebAssembly that is loaded on first use.
 * Never compares digests and never decides what a wrong one means.
 */

/** A BLAKE3 digest that is fed piece by piece. */
export interface Blake3 {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): Blake3;
  /** The 32 bytes of the digest; nothing can be fed afterwards. */
  digest(): Uint8Array;
}

/** The BLAKE3 digest of some bytes, as 64 lower-case hex digits. */
export async function blake3Hex(bytes: Uint8Array): Promise<string> {
  const { blake3 } = await import("hash-wasm");
  return await blake3(bytes);
}

/** Begins a BLAKE3 digest that is fed piece by piece. */
export async function createBlake3(): Promise<Blake3> {
  const { createBLAKE3 } = await import("hash-wasm");
  const hasher = await createBLAKE3();
  hasher.init();
  const blake3: Blake3 = {
    update(bytes) {
      hasher.update(bytes);
      return blake3;
    },
    digest() {
      return hasher.digest("binary");
    },
  };
  return blake3;
}

/** The SHA-256 digest of some bytes, as 64 lower-case hex digits. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", unshared(bytes))).toHex();
}

/** The same bytes, known to lie in memory that no other thread sees; copied only when they do not. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? bytes as Uint8Array<ArrayBuffer> : new Uint8Array(bytes);
}
