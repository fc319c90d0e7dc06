/**
 * Digests: SHA-256 by Web Crypto, BLAKE3 by WebAssembly that is loaded on first use.
 * Never compares digests and never decides what a wrong one means.
 */

/** A digest that is fed piece by piece. */
export interface RunningDigest {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): RunningDigest;
  /** The 32 bytes of the digest; nothing can be fed afterwards. */
  digest(): Uint8Array;
}

/** The BLAKE3 digest of some bytes, as 64 lower-case hex digits. */
export async function blake3Hex(bytes: Uint8Array): Promise<string> {
  const { blake3 } = await import("hash-wasm");
  return await blake3(bytes);
}

/** Begins a BLAKE3 digest that is fed piece by piece. */
export async function createBlake3(): Promise<RunningDigest> {
  return (await blake3Maker())();
}

/** What begins BLAKE3 digests without waiting. They share their state: one has to end before the next begins. */
export async function blake3Maker(): Promise<() => RunningDigest> {
  const { createBLAKE3 } = await import("hash-wasm");
  const hasher = await createBLAKE3();
  return () => {
    hasher.init();
    const running: RunningDigest = {
      update(bytes) {
        hasher.update(bytes);
        return running;
      },
      digest: () => hasher.digest("binary"),
    };
    return running;
  };
}

/** Begins a SHA-256 digest that is fed piece by piece, which Web Crypto cannot do. */
export async function createSha256(): Promise<RunningDigest> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  const running: RunningDigest = {
    update(bytes) {
      hash.update(bytes);
      return running;
    },
    digest: () => new Uint8Array(hash.digest()),
  };
  return running;
}

/** The SHA-256 digest of some bytes, as 64 lower-case hex digits. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", unshared(bytes))).toHex();
}

/** The same bytes, known to lie in memory that no other thread sees; copied only when they do not. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? bytes as Uint8Array<ArrayBuffer> : new Uint8Array(bytes);
}
