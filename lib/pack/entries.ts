/** The names that mean something to every pack: of entries, and of an extension that is about them. */

/** The manifest, which alone decides the layout. */
export const MANIFEST = "manifest.cbor";
/** The inventory in CBOR, which is preferred when both exist. */
export const SBOM_CBOR = "sbom.cbor";
/** The inventory in JSON. */
export const SBOM_JSON = "sbom.json";
/** The signature's envelope. */
export const SIGNATURE = "signatures/pack.sig";
/** The certificate chain of the signature. */
export const CHAIN = "signatures/chain.pem";

/** The author's description in a folder that a pack is built from. */
export const PACK_YAML = "pack.yaml";
/** The extension that lists the manifests of single components. */
export const COMPONENT_MANIFESTS = "greentic.pack.component_manifests@v1";

/** Whether an entry is an inventory or belongs to the signature: these no inventory lists. */
export function isUnlisted(name: string): boolean {
  return name === SBOM_CBOR || name === SBOM_JSON || name === SIGNATURE || name === CHAIN;
}
