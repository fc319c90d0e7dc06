/** Bytes of one WebAssembly page. */
export const PAGE_BYTES = 65536;
