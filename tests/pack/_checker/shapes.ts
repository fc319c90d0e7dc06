/** The shapes of the documents in a pack: §2, §3 and §5. */

import { get, items, type Say } from "./tools.ts";

/**
 * The maps of all documents, as `key mark : type`.
 *
 * Marks: none is required, `?` may be missing or null, `-` is left out rather than null, `~` is null rather
 * than left out. Types: `[x]` list, `+[x]` list with an item, `{x}` map of any keys, `#x` index into a symbol
 * table, `a|b` one of these texts, else another row or a leaf; no type is text.
 */
const SHAPES: Record<string, string> = {
  legacy: "meta:meta flows:+[legacyFlow] components:[artifact] distribution-:distribution" +
    " component_descriptors-:[descriptor]",
  meta: "packVersion:one pack_id:filled version:semver name:filled kind-:packKind description~ license~" +
    " homepage~ support~ vendor~ authors:[text] imports:[import] entry_flows:+[text] created_at_utc:filled" +
    " events-:events repo-:repo messaging-:messaging interfaces-:+[interface] annotations-:{any}" +
    " distribution-:distribution components-:[descriptor]",
  legacyFlow: "id:filled kind entry:filled file_yaml file_json hash_blake3:hash",
  artifact: "name:filled version:semver file_wasm hash_blake3:hash schema_file~ manifest_file~ world~" +
    " capabilities~:any",
  import: "pack_id version_req",
  interface: "package world version note?",
  descriptor: "component_id:filled version:filled digest:digest artifact_path:filled kind? artifact_type?" +
    " tags-:[text] platform? entrypoint?",
  distribution: "bundle_id? tenant-:{any} environment_ref desired_state_version components:[descriptor]" +
    " platform_components:[descriptor]",
  events: "providers:[eventProvider]",
  eventProvider: "name kind:broker|source|sink|bridge component default_flow? custom_flow?" +
    " capabilities:eventAbilities",
  eventAbilities: "transport? reliability?:at_most_once|at_least_once|effectively_once" +
    " ordering?:none|per_key|global topics:[text]",
  messaging: "adapters?:[adapter]",
  adapter: "name kind:ingress|egress|ingress-egress component default_flow? custom_flow?" +
    " capabilities?:adapterAbilities",
  adapterAbilities: "direction:[text] features:[text]",
  repo: "kind:repoKind capabilities:repoAbilities bindings:repoBindings",
  repoAbilities: "source-:[any] scan-:[any] signing-:[any] attestation-:[any] policy-:[any] oci-:[any]" +
    " billing-:[any] search-:[any] reco-:[any]",
  repoBindings: "source-:[binding] scan-:[binding] signing-:[binding] attestation-:[binding]" +
    " policy-:[binding] oci-:[binding] billing-:[binding] search-:[binding] reco-:[binding]",
  binding: "package world version component- component_id- entrypoint profile?",
  provenance: "builder:filled git_commit? git_repo? toolchain? built_at_utc:filled host? notes?",

  pack: "schema_version:pack-v1| pack_id:#pack_ids name- version:semver" +
    " kind:application|provider|infrastructure|library publisher symbols:symbols components:[component]" +
    " flows:[flowEntry] dependencies:[dependency] capabilities:[capability] secret_requirements-:+[secret]" +
    " signatures:signatures bootstrap-:bootstrap extensions-:{extension}",
  symbols: "component_ids:[ident] node_ids:[ident] capability_names:[text] pack_ids:[ident]",
  component: "id:#component_ids COMPONENT dev_flows:{devFlow}",
  ownManifest: "id:ident COMPONENT dev_flows-:{devFlow}",
  profiles: "default? supported:[text]",
  abilities: "wasi:wasi host:host",
  wasi: "filesystem?:filesystem env?:env random-:flag clocks-:flag",
  filesystem: "mode:none|read_only|sandbox mounts-:[mount]",
  mount: "name host_class guest_path",
  env: "allow-:[text]",
  host: "secrets?:secrets state?:state messaging?:inOut events?:inOut http?:http telemetry?:scope iac?:iac",
  secrets: "required-:[secret]",
  state: "read-:flag write-:flag",
  inOut: "inbound-:flag outbound-:flag",
  http: "client-:flag server-:flag",
  scope: "scope:tenant|pack|node",
  iac: "write_templates:flag execute_plans-:flag",
  configurators: "basic? full?",
  operation: "name input_schema:any output_schema:any",
  resources: "cpu_millis?:count memory_mb?:count average_latency_ms?:count",
  devFlow: "format:flow-ir-json| graph:any",
  flowEntry: "id:ident kind:flowKind flow:flow tags:[text] entrypoints:[text]",
  flow: "schema_version:filled id:ident kind:flowKind entrypoints:{any} nodes:[node] metadata:metadata",
  metadata: "title? description? tags:[text] extra:any",
  node: "id:#node_ids component:call input:mapping output:mapping routing:routing telemetry:telemetry",
  call: "id:#component_ids pack_alias~ operation~",
  mapping: "mapping:any",
  next: "node_id:#node_ids",
  branch: "on_status:{#node_ids} default~:#node_ids",
  telemetry: "span_name? attributes:{text} sampling?:any",
  dependency: "alias pack_id:#pack_ids version_req required_capabilities:[#capability_names]",
  capability: "name:#capability_names description~",
  secret: "key:secretKey required-:flag description? scope?:secretScope format?:bytes|text|json schema?:any" +
    " examples-:[text]",
  secretScope: "env tenant team?",
  signatures: "signatures:[signature]",
  signature: "key_id algorithm:algorithm signature:base64",
  bootstrap: "install_flow? upgrade_flow? installer_component?",
  extension: "kind version digest? location? inline?:any",
  componentManifests: "schema_version:one entries:[componentManifest]",
  componentManifest: "component_id:ident manifest_file encoding:cbor| content_hash?:sha256",

  sbom: "files:[sbomFile] format:greentic-sbom-v1|",
  sbomFile: "hash_blake3:hash media_type:filled path:filled size:count",
  envelope: "alg:ed25519 sig:sig digest:hash signed_at_utc:filled key_fingerprint?:hash",
};
const COMPONENT = "version:semver supports:[flowKind] world profiles:profiles capabilities:abilities" +
  " configurators~:configurators operations:[operation] config_schema~:any resources:resources";
const REPO_KIND = "source-provider|scanner|signing|attestation|policy-engine|oci-provider|billing-provider" +
  "|search-provider|recommendation-provider";
const UNIONS: Record<string, string> = {
  flowKind: "messaging|event|component_config|job|http",
  packKind: `application|distribution-bundle|${REPO_KIND}`,
  repoKind: REPO_KIND,
};
const PATTERNS: Record<string, RegExp> = {
  text: /^/,
  filled: /./s,
  ident: /^[A-Za-z0-9._-]+$/,
  semver:
    /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-(?!0\d+(\.|\+|$))[\dA-Za-z-]+(\.(?!0\d+(\.|\+|$))[\dA-Za-z-]+)*)?(\+[\dA-Za-z-]+(\.[\dA-Za-z-]+)*)?$/,
  hash: /^[0-9a-f]{64}$/,
  sha256: /^sha256:[0-9a-f]{64}$/,
  digest: /^sha256:/,
  secretKey: /^(?!\/)(?!(.*\/)?\.\.(\/|$))[A-Za-z0-9._/-]+$/,
  base64: /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  sig: /^[A-Za-z0-9_-]{85}[AQgw]$/,
  ed25519: /^ed25519$/i,
};
const LEAVES: Record<string, (value: unknown) => boolean> = {
  any: () => true,
  one: (value) => value === 1,
  flag: (value) => typeof value === "boolean",
  count: (value) => Number.isInteger(value) && Number(value) >= 0,
  algorithm: (value) => value === "ed25519" || typeof get(value, "other") === "string",
};

/** How a value is looked at: where faults go, how keys and nulls are judged, and the symbol tables in use. */
export interface Look {
  say: Say;
  ordered: boolean;
  nulls: "as marked" | "left out" | "either";
  symbols?: Map<string, { names: unknown[]; used: Set<unknown> }>;
}

export function checkShape(type: string, value: unknown, at: string, look: Look): void {
  if (type.startsWith("+")) {
    checkShape(type.slice(1), value, at, look);
    if (items(value).length === 0) look.say(`${at} is empty`);
  } else if (type.startsWith("[")) {
    if (!Array.isArray(value)) look.say(`${at} is not a list`);
    items(value).forEach((item, i) => checkShape(type.slice(1, -1), item, `${at}[${i}]`, look));
  } else if (type.startsWith("{")) {
    if (!(value instanceof Map)) return look.say(`${at} is not a map`);
    for (const [key, item] of value) checkShape(type.slice(1, -1), item, `${at}.${key}`, look);
  } else if (type.startsWith("#")) {
    const symbols = look.symbols?.get(type.slice(1));
    const isIndex = Number.isInteger(value) && Object.hasOwn(symbols?.names ?? [], value as number);
    if (!isIndex) look.say(`${at} is not an index into ${type.slice(1)}`);
    symbols?.used.add(value);
  } else if (type === "routing") {
    checkRouting(value, at, look);
  } else if (SHAPES[type] !== undefined) {
    checkMap(SHAPES[type].replace("COMPONENT", COMPONENT), value, at, look);
  } else {
    const union = UNIONS[type] ?? (type.includes("|") ? type : undefined), pattern = PATTERNS[type];
    const fits = union || pattern
      ? typeof value === "string" && (union ? union.split("|").includes(value) : pattern!.test(value))
      : LEAVES[type]!(value);
    if (!fits) look.say(`${at} is not of type ${type}`);
  }
}

function checkMap(fields: string, value: unknown, at: string, look: Look): void {
  if (!(value instanceof Map)) return look.say(`${at} is not a map`);
  const rows = fields.split(" ").map((field) => /^(\w+)([?~-]?):?(.*)$/.exec(field)!.slice(1) as string[]);
  const names = rows.map(([name]) => name);
  const known = [...value.keys()].filter((key) => names.includes(key));
  for (const key of value.keys()) if (!names.includes(key)) look.say(`${at} has the unknown key ${key}`);
  if (look.ordered && known.join() !== names.filter((name) => value.has(name)).join()) {
    look.say(`the keys of ${at} are not in the written order`);
  }
  for (const [name, mark, type] of rows) {
    const inside = `${at}.${name}`, item = value.get(name);
    if (item === undefined) {
      if (mark === "" || (mark === "~" && look.nulls === "as marked")) look.say(`${inside} is missing`);
    } else if (item === null && mark !== "") {
      if (mark === "-" || look.nulls === "left out") look.say(`${inside} is null, it should be left out`);
    } else {
      checkShape(type || "text", item, inside, look);
    }
  }
}

function checkRouting(value: unknown, at: string, look: Look): void {
  if (value === "End" || value === "Reply") return;
  const [key, body] = value instanceof Map && value.size === 1 ? [...value][0]! : [];
  const type = new Map([["Next", "next"], ["Branch", "branch"], ["Custom", "any"]]).get(key);
  if (type) checkShape(type, body, `${at}.${key}`, look);
  else look.say(`${at} is not a routing`);
}
