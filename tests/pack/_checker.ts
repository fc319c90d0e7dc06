/**
 * A second, independent implementation of the `.gtpack` container and verification rules.
 *
 * It is written from the format document alone and shares no code with `lib/`, so that a mistake of the
 * builder and the same mistake of the reader cannot cover each other up. It is stricter than a reader: it asks
 * whether an archive is exactly what a builder should write, and it gathers every fault. The paragraph signs
 * (§) name the paragraphs of that document.
 */

import { X509Certificate } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { blake3 } from "hash-wasm";

/** What the checker found out about one archive. */
export interface PackReport {
  layout: "legacy" | "new" | null;
  faults: string[];
  manifest: unknown;
  manifestBlake3: string;
  fileSha256: string;
  files: ReadonlyMap<string, Uint8Array>;
  signature: null | { digest: string; publicKey: string; fingerprint: string };
}

type Say = (fault: string) => void;
type Files = ReadonlyMap<string, Uint8Array>;

const MIB = 1024 * 1024;
const SBOM_EXEMPT = ["signatures/pack.sig", "signatures/chain.pem", "sbom.json", "sbom.cbor"];
const SIGNATURE_FILES = SBOM_EXEMPT.slice(0, 2);
/** Checks an archive against the document and returns all faults together with what was read. */
export async function checkPack(archive: Uint8Array): Promise<PackReport> {
  const faults: string[] = [];
  const say: Say = (fault) => void faults.push(fault);
  const entries = attempt(() => readZip(archive, say), "the archive cannot be read", say) ?? [];
  const files = new Map(entries.filter(([name]) => !isFolder(name)));
  const report: PackReport = {
    layout: null,
    faults,
    manifest: null,
    manifestBlake3: "",
    fileSha256: await sha256(archive),
    files,
    signature: null,
  };
  const bytes = files.get("manifest.cbor");
  if (!bytes) {
    say("manifest.cbor is missing from the archive");
    return report;
  }
  report.manifestBlake3 = await blake3(bytes);
  const decoded = attempt(() => decodeCbor(bytes), "manifest.cbor cannot be decoded", say);
  const manifest = report.manifest = decoded?.value ?? null;
  const names = entries.map(([name]) => name);
  if (decoded && get(manifest, "meta") instanceof Map) {
    report.layout = "legacy";
    await checkLegacy(decoded, files, say);
    if (!isSorted(names)) say("the entries are not sorted by path");
  } else if (
    decoded && ["symbols", "schema_version", "pack_id"].every((key) => get(manifest, key) !== null)
  ) {
    report.layout = "new";
    await checkNew(decoded, files, say);
    checkNewOrder(names, manifest, say);
  } else if (decoded) {
    say("manifest.cbor has neither the legacy nor the new layout");
  }
  if (report.layout) {
    const sbom = await checkSbom(report.layout, files, say);
    report.signature = await checkSignature(sbom, files, say);
  }
  return report;
}

// ---- small tools ----

function attempt<T>(action: () => T, label: string, say: Say): T | null {
  try {
    return action();
  } catch (error) {
    say(`${label}: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

function get(value: unknown, ...keys: string[]): unknown {
  for (const key of keys) value = value instanceof Map ? value.get(key) : null;
  return value ?? null;
}

function items(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))));
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

function comparePaths(a: string, b: string): number {
  return compareBytes(new TextEncoder().encode(a), new TextEncoder().encode(b));
}

function isSorted(texts: string[]): boolean {
  return texts.every((text, i) => i === 0 || comparePaths(texts[i - 1]!, text) < 0);
}

/** Says whether two values are the same, whatever the key order; a lenient look lets null and `{}` be left out. */
function same(a: unknown, b: unknown, lenient = false): boolean {
  const isVoid = (value: unknown) => value === null || (value instanceof Map && value.size === 0);
  if (lenient && isVoid(a) && isVoid(b)) return true;
  if (a instanceof Map && b instanceof Map) {
    const keys = [...new Set([...a.keys(), ...b.keys()])];
    return keys.every((key) =>
      (lenient || a.has(key) === b.has(key)) && same(get(a, key), get(b, key), lenient)
    );
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => same(item, b[i], lenient));
  }
  return Object.is(a instanceof Float ? a.value : a, b instanceof Float ? b.value : b);
}

// ---- ZIP (§1.1, §1.2, §7.1) ----

function readZip(bytes: Uint8Array, say: Say): [string, Uint8Array][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  let end = bytes.length - 22;
  while (end >= 0 && u32(end) !== 0x06054b50) end--;
  if (end < 0) throw new Error("there is no end of central directory record");
  if (end + 22 !== bytes.length || u16(end + 20) !== 0) {
    say("there are bytes or a comment after the archive's end");
  }
  const count = u16(end + 10), size = u32(end + 12), directory = u32(end + 16);
  if (u16(end + 4) !== 0 || u16(end + 6) !== 0 || u16(end + 8) !== count) {
    say("the archive spans several disks");
  }
  if (directory + size !== end) say("the central directory does not end where the end record begins");

  const entries: [string, Uint8Array][] = [];
  const seen = new Set<string>();
  let total = 0, next = 0, at = directory;
  for (let i = 0; i < count; i++) {
    if (u32(at) !== 0x02014b50) throw new Error(`central directory record ${i} is missing`);
    const flags = u16(at + 8), method = u16(at + 10), packed = u32(at + 20), plain = u32(at + 24);
    const rawName = bytes.subarray(at + 46, at + 46 + u16(at + 28));
    const name = attempt(() => utf8(rawName), `the name of entry ${i} is not UTF-8`, say) ?? `entry ${i}`;
    const must = (ok: boolean, what: string) => ok || say(`entry ${name}: ${what}`);
    must(u16(at + 4) === 0x030a, `made-by is 0x${u16(at + 4).toString(16).padStart(4, "0")}, not 0x030a`);
    must(u16(at + 6) === 10, `version needed is ${u16(at + 6)}, not 10`);
    must(flags === (rawName.some((byte) => byte > 127) ? 0x800 : 0), `flags are 0x${flags.toString(16)}`);
    must(method === 0, `method is ${method}, not stored`);
    must(u16(at + 12) === 0 && u16(at + 14) === 33, "the time is not 1980-01-01 00:00");
    must(u16(at + 30) === 0, "has an extra field in the central directory");
    must(u16(at + 32) === 0, "has a comment");
    must(u16(at + 34) === 0, "lies on another disk");
    must(
      u32(at + 38) === 0x81a40000,
      `external attributes are 0x${u32(at + 38).toString(16)}, not 0x81a40000`,
    );

    const local = u32(at + 42);
    must(local === next, "does not begin where the entry before it ends");
    if (u32(local) !== 0x04034b50) throw new Error(`the local header of entry ${name} is missing`);
    const nameEnd = local + 30 + u16(local + 26), start = nameEnd + u16(local + 28);
    must(u16(local + 28) === 0, "has an extra field in the local header");
    const twins =
      compareBytes(bytes.subarray(local + 4, local + 30), bytes.subarray(at + 6, at + 32)) === 0 &&
      compareBytes(bytes.subarray(local + 30, nameEnd), rawName) === 0;
    must(twins, "the local header and the central directory disagree");
    next = start + packed;
    must(next <= directory, "its data runs into the central directory");
    must(plain <= 16 * MIB, "is larger than 16 MiB");
    total += plain;

    const raw = bytes.subarray(start, next);
    const data = method === 0 ? raw : attempt(
      () => inflateRawSync(raw, { maxOutputLength: 16 * MIB }),
      `entry ${name} cannot be inflated`,
      say,
    );
    must(data?.length === plain, "its size is not the declared one");
    must(data !== null && crc32(data) === u32(at + 16), "its CRC-32 does not match");
    if (!isFolder(name)) {
      must(isSafePath(name), "its path is not safe and plain");
      must(!seen.has(name), "occurs twice");
      seen.add(name);
    }
    entries.push([name, new Uint8Array(data ?? [])]);
    at += 46 + u16(at + 28) + u16(at + 30) + u16(at + 32);
  }
  if (next !== directory) say("there are bytes between the last entry and the central directory");
  if (at !== end) say("there are bytes between the last directory record and the end record");
  if (total > 64 * MIB) say("the archive is larger than 64 MiB");
  return entries;
}

function isFolder(name: string): boolean {
  return /[/\\]$/.test(name);
}

function isSafePath(path: string): boolean {
  return !/[\0\\]|^[A-Za-z]:/.test(path) && path.split("/").every((part) => !["", ".", ".."].includes(part));
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

// ---- CBOR (§2, §3.2, §7) ----

/** A CBOR float, kept apart so that `1.0` is not taken for the integer `1`. */
class Float {
  constructor(readonly value: number) {}
}

/** A place where the bytes are readable but not in canonical form. */
interface Quirk {
  kind:
    | "indefinite length"
    | "unsorted keys"
    | "repeated key"
    | "long head"
    | "tag"
    | "byte string"
    | "trailing bytes";
  path: string;
}

interface Decoded {
  value: unknown;
  tagged: boolean;
  quirks: Quirk[];
}

function decodeCbor(bytes: Uint8Array): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quirks: Quirk[] = [];
  const tagged = bytes[0] === 0xd9 && bytes[1] === 0xd9 && bytes[2] === 0xf7;
  let at = tagged ? 3 : 0;
  const value = item("");
  if (at !== bytes.length) quirk("trailing bytes", "");
  return { value, tagged, quirks };

  function quirk(kind: Quirk["kind"], path: string): void {
    quirks.push({ kind, path: path || "/" });
  }

  function take(count: number): number {
    if (at + count > bytes.length) throw new Error("the data ends early");
    at += count;
    return at - count;
  }

  function isBreak(): boolean {
    if (bytes[at] !== 0xff) return false;
    at++;
    return true;
  }

  /** Reads the number of a head; infinity stands for an indefinite length. */
  function argument(info: number, path: string): number | bigint {
    if (info < 24) return info;
    if (info === 31) {
      quirk("indefinite length", path);
      return Infinity;
    }
    if (info > 27) throw new Error(`a head uses the reserved value ${info}`);
    const width = 1 << (info - 24), start = take(width);
    const number = BigInt(`0x${hex(bytes.subarray(start, start + width))}`);
    if (number < (width === 1 ? 24n : 1n << BigInt(width * 4))) quirk("long head", path);
    return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : number;
  }

  function string(major: number, info: number, path: string): string {
    const length = Number(argument(info, path));
    if (length !== Infinity) {
      const start = take(length);
      return major === 3 ? utf8(bytes.subarray(start, at)) : hex(bytes.subarray(start, at));
    }
    let joined = "";
    while (!isBreak()) {
      const head = bytes[take(1)]!;
      if (head >> 5 !== major || (head & 31) === 31) throw new Error("a text has a part of another type");
      joined += string(major, head & 31, path);
    }
    return joined;
  }

  function item(path: string): unknown {
    const head = bytes[take(1)]!, major = head >> 5, info = head & 31;
    if (major === 7) return simple(info, path);
    if (major === 2) quirk("byte string", path);
    if (major === 2 || major === 3) return string(major, info, path);
    if (major < 2 && info === 31) throw new Error("a number has no value");
    const number = argument(info, path);
    if (major === 0) return number;
    if (major === 1) return typeof number === "number" ? -1 - number : -1n - number;
    if (major === 6) {
      quirk("tag", path);
      return item(path);
    }
    if (major === 4) {
      const list: unknown[] = [];
      while (number === Infinity ? !isBreak() : list.length < number) {
        list.push(item(`${path}/${list.length}`));
      }
      return list;
    }
    const map = new Map<string, unknown>();
    let last = "";
    for (let i = 0; number === Infinity ? !isBreak() : i < number; i++) {
      const key = item(path);
      if (typeof key !== "string") throw new Error(`a key of ${path || "/"} is not text`);
      if (map.has(key)) quirk("repeated key", `${path}/${key}`);
      else if (i > 0 && compareKeys(last, key) > 0) quirk("unsorted keys", path);
      last = key;
      map.set(key, item(`${path}/${key}`));
    }
    return map;
  }

  function simple(info: number, path: string): unknown {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22) return null;
    if (info < 25 || info > 27) throw new Error(`the simple value ${info} is not allowed`);
    const start = take(1 << (info - 24));
    const value = info === 25
      ? half(view.getUint16(start))
      : info === 26
      ? view.getFloat32(start)
      : view.getFloat64(start);
    const shorter = info === 27 ? Object.is(Math.fround(value), value) : info === 26 && fitsHalf(value);
    if (shorter) quirk("long head", path);
    return new Float(value);
  }
}

function compareKeys(a: string, b: string): number {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  return left.length - right.length || compareBytes(left, right);
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

function fitsHalf(value: number): boolean {
  const size = Math.abs(value);
  if (!(size > 0 && size < Infinity)) return true;
  return size <= 65504 && Number.isInteger(size / 2 ** (Math.max(Math.floor(Math.log2(size)), -14) - 10));
}

function sayQuirks(name: string, quirks: Quirk[], say: Say): void {
  for (const { kind, path } of quirks) say(`${name} is not canonical: ${kind} at ${path}`);
}

// ---- shapes (§2, §3, §5) ----

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
interface Look {
  say: Say;
  ordered: boolean;
  nulls: "as marked" | "left out" | "either";
  symbols?: Map<string, { names: unknown[]; used: Set<unknown> }>;
}

function checkShape(type: string, value: unknown, at: string, look: Look): void {
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

// ---- the legacy layout (§2, §7.1) ----

async function checkLegacy(decoded: Decoded, files: Files, say: Say): Promise<void> {
  const { value: manifest, tagged, quirks } = decoded;
  const grave = ["trailing bytes", "repeated key", "tag", "byte string"];
  sayQuirks("manifest.cbor", tagged ? quirks.filter(({ kind }) => grave.includes(kind)) : quirks, say);
  const look: Look = { say, ordered: false, nulls: tagged ? "as marked" : "either" };
  checkShape("legacy", manifest, "manifest", look);
  const twin = readJson("manifest.json", files, say);
  if (!same(twin, manifest)) say("manifest.json does not equal manifest.cbor");
  checkShape("provenance", readJson("provenance.json", files, say), "provenance.json", look);
  if (files.has("sbom.cbor")) say("a legacy pack has no sbom.cbor");

  const kind = get(manifest, "meta", "kind");
  const bundle = get(manifest, "meta", "distribution") ?? get(manifest, "distribution");
  if ((kind === "distribution-bundle") !== (bundle !== null)) {
    say("kind and distribution do not belong together");
  }
  const flows = items(get(manifest, "flows")), components = items(get(manifest, "components"));
  const ids = flows.map((flow) => String(get(flow, "id")));
  if (!isSorted(ids)) say("the flows are not sorted by id, or one occurs twice");
  for (const id of items(get(manifest, "meta", "entry_flows"))) {
    if (!ids.includes(String(id))) say(`the entry flow ${id} is not among the flows`);
  }
  for (let i = 1; i < components.length; i++) {
    const [a, b] = [components[i - 1], components[i]];
    const byName = comparePaths(String(get(a, "name")), String(get(b, "name")));
    if ((byName || compareVersions(get(a, "version"), get(b, "version"))) >= 0) {
      say("the components are not sorted by name and version, or one occurs twice");
    }
  }
  for (const [i, flow] of flows.entries()) {
    const folder = `flows/${ids[i]}`;
    mustBe(get(flow, "file_yaml"), `${folder}/flow.ygtc`, files, say);
    const json = mustBe(get(flow, "file_json"), `${folder}/flow.json`, files, say);
    if (json && await blake3(json) !== get(flow, "hash_blake3")) {
      say(`flow ${ids[i]}: hash_blake3 does not match`);
    }
    const yaml = files.get(`${folder}/flow.ygtc`);
    const lines = yaml ? attempt(() => utf8(yaml), `${folder}/flow.ygtc is not UTF-8`, say) : null;
    if (lines?.includes("\r\n")) say(`${folder}/flow.ygtc has CRLF line ends`);
    const source = readJson(`${folder}/flow.json`, files, say, "");
    if (source !== null && !(source instanceof Map)) say(`${folder}/flow.json is not an object`);
  }
  for (const component of components) {
    const id = `${get(component, "name")}@${get(component, "version")}`;
    const wasm = mustBe(get(component, "file_wasm"), `components/${id}/component.wasm`, files, say);
    if (wasm && await blake3(wasm) !== get(component, "hash_blake3")) {
      say(`component ${id}: hash_blake3 does not match`);
    }
    const [schema, own] = [get(component, "schema_file"), get(component, "manifest_file")];
    if (schema !== null) mustBe(schema, `schemas/${id}/node.schema.json`, files, say);
    if (own !== null) mustBe(own, `components/${id}/manifest.json`, files, say);
  }
}

function mustBe(given: unknown, path: string, files: Files, say: Say): Uint8Array | undefined {
  if (given !== path) say(`the manifest names ${given}, not ${path}`);
  const bytes = typeof given === "string" ? files.get(given) : undefined;
  if (!bytes) say(`the manifest names the missing file ${given}`);
  return bytes;
}

function compareVersions(a: unknown, b: unknown): number {
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/** Reads a JSON file into maps and lists, and says so if it is not laid out with this indent. */
function readJson(name: string, files: Files, say: Say, indent = "  "): unknown {
  const bytes = files.get(name);
  if (!bytes) {
    say(`${name} is missing from the archive`);
    return null;
  }
  return attempt(
    () => {
      const source = utf8(bytes);
      const value = JSON.parse(source, (_, value) => {
        const plain = typeof value === "object" && value !== null && !Array.isArray(value) &&
          !(value instanceof Map);
        return plain ? new Map(Object.entries(value)) : value;
      });
      if (countKeys(value) !== tokens(source).filter((token) => token === ":").length) {
        say(`${name} has a key twice`);
      }
      if (layOut(source, indent) !== source) say(`${name} is not ${indent ? "pretty" : "compact"} JSON`);
      return value;
    },
    `${name} is not valid JSON`,
    say,
  );
}

function countKeys(value: unknown): number {
  const inner: unknown[] = value instanceof Map ? [...value.values()] : items(value);
  return inner.reduce((sum: number, item) => sum + countKeys(item), value instanceof Map ? value.size : 0);
}

function tokens(source: string): string[] {
  return source.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
}

/** Lays JSON out anew from its tokens, so that numbers and key order stay as written. */
function layOut(source: string, indent: string): string {
  const line = (depth: number) => indent && "\n" + indent.repeat(depth);
  let depth = 0, result = "", last = "";
  for (const token of tokens(source)) {
    if ("}]".includes(token)) result += "{[".includes(last) ? (depth--, "") : line(--depth);
    else if (last === "," || "{[".includes(last || ",")) result += line(depth);
    result += token === ":" && indent ? ": " : token;
    if ("{[".includes(token)) depth++;
    last = token;
  }
  return result;
}

// ---- the new layout (§3, §7.2) ----

async function checkNew(decoded: Decoded, files: Files, say: Say): Promise<void> {
  const { value: manifest, tagged, quirks } = decoded;
  const tables = ["component_ids", "node_ids", "capability_names", "pack_ids"].map((table) => {
    return [table, { names: items(get(manifest, "symbols", table)), used: new Set<unknown>() }] as const;
  });
  checkShape("pack", manifest, "manifest", {
    say,
    ordered: true,
    nulls: "as marked",
    symbols: new Map(tables),
  });
  for (const [table, { names, used }] of tables) {
    if (!isSorted(names.map(String))) say(`the symbols in ${table} are not a sorted set`);
    names.forEach((name, i) => used.has(i) || say(`the symbol ${name} in ${table} is not used`));
  }
  if (tagged) say("manifest.cbor begins with a self-describe tag");
  const extensions = get(manifest, "extensions");
  const loose = [...(extensions instanceof Map ? extensions : [])]
    .filter(([, extension]) => isProviderPayload(get(extension, "inline")))
    .map(([key]) => `/extensions/${key}/inline`);
  const indefinite = quirks.filter(({ kind }) => kind === "indefinite length").map(({ path }) => path);
  for (const path of loose) {
    if (!indefinite.includes(path)) say(`manifest.cbor: ${path} has a definite length`);
  }
  const isExpected = ({ kind, path }: Quirk) => kind === "indefinite length" && loose.includes(path);
  sayQuirks(
    "manifest.cbor",
    quirks.filter((quirk) => quirk.kind !== "unsorted keys" && !isExpected(quirk)),
    say,
  );
  for (const name of ["provenance.json", "sbom.json"]) if (files.has(name)) say(`a new pack has no ${name}`);

  for (const [i, entry] of items(get(manifest, "flows")).entries()) {
    const ids = items(get(entry, "flow", "nodes")).map((node) => get(node, "id"));
    if (new Set(ids).size !== ids.length) say(`a node of manifest.flows[${i}] occurs twice`);
  }
  const components = newComponents(manifest);
  if (components.size !== items(get(manifest, "components")).length) say("a component occurs twice");
  for (const [id, inline] of components) {
    if (!files.has(`components/${id}.wasm`)) say(`components/${id}.wasm is missing from the archive`);
    const name = `components/${id}.manifest.cbor`, bytes = files.get(name);
    if (!bytes) say(`${name} is missing from the archive`);
    const own = bytes ? attempt(() => decodeCbor(bytes), `${name} cannot be decoded`, say) : null;
    if (!own) continue;
    if (own.tagged) say(`${name} begins with a tag`);
    sayQuirks(name, own.quirks, say);
    checkShape("ownManifest", own.value, name, { say, ordered: false, nulls: "left out" });
    if (!same(own.value, inline, true)) say(`${name} differs from the manifest's component`);
  }
  const list = get(manifest, "extensions", "greentic.pack.component_manifests@v1", "inline");
  if (list === null) return;
  checkShape("componentManifests", list, "component_manifests", { say, ordered: false, nulls: "either" });
  const entries = items(get(list, "entries"));
  for (const id of components.keys()) {
    if (!entries.some((entry) => get(entry, "component_id") === id)) {
      say(`component_manifests does not list ${id}`);
    }
  }
  for (const entry of entries) {
    const id = get(entry, "component_id"), hash = get(entry, "content_hash");
    if (!components.has(String(id))) say(`component_manifests lists the unknown component ${id}`);
    const bytes = mustBe(get(entry, "manifest_file"), `components/${id}.manifest.cbor`, files, say);
    if (bytes && hash !== null && `sha256:${await sha256(bytes)}` !== hash) {
      say(`component_manifests: the hash of ${id} does not match`);
    }
  }
}

/** The components of a new manifest by their text id, each with that id in place of its index. */
function newComponents(manifest: unknown): Map<string, Map<string, unknown>> {
  const names = items(get(manifest, "symbols", "component_ids"));
  return new Map(
    items(get(manifest, "components")).filter((component) => component instanceof Map).map((component) => {
      const id = names[Number(get(component, "id"))];
      return [String(id), new Map<string, unknown>([...component as Map<string, unknown>, ["id", id]])];
    }),
  );
}

function isProviderPayload(inline: unknown): boolean {
  const providers = get(inline, "providers");
  const has = (value: unknown, ...keys: string[]) => keys.every((key) => get(value, key) !== null);
  return Array.isArray(providers) &&
    providers.every((provider) =>
      has(provider, "provider_type", "config_schema_ref", "runtime") &&
      has(get(provider, "runtime"), "component_ref", "export", "world")
    );
}

function checkNewOrder(names: string[], manifest: unknown, say: Say): void {
  const signed = names.filter((name) => SIGNATURE_FILES.includes(name)).length;
  const body = names.filter((name) => !SIGNATURE_FILES.includes(name));
  const fixed = ["manifest.cbor"];
  for (const id of newComponents(manifest).keys()) {
    fixed.push(`components/${id}.wasm`, `components/${id}.manifest.cbor`);
  }
  const others = body.filter((name) => name !== "sbom.cbor" && !fixed.includes(name)).sort(comparePaths);
  const wanted = [...fixed, ...others, "sbom.cbor"].filter((name) => body.includes(name));
  const wrong = wanted.findIndex((name, i) => name !== body[i]);
  if (wrong >= 0) say(`entry ${wrong} should be ${wanted[wrong]}, not ${body[wrong]}`);
  const tail = names.slice(names.length - signed);
  if (!tail.every((name) => SIGNATURE_FILES.includes(name))) {
    say("the signature files are not the last entries");
  }
}

// ---- SBOM (§5.1, §5.2, §7) ----

/** The files a legacy pack may have: place in the SBOM, pattern with the owner, media type. */
const LEGACY_FILES: [number, RegExp, string][] = [
  [0, /^flows\/([^/]+)\/flow\.ygtc$/, "application/yaml"],
  [0, /^flows\/([^/]+)\/flow\.json$/, "application/json"],
  [1, /^components\/([^/]+)\/component\.wasm$/, "application/wasm"],
  [1, /^schemas\/([^/]+)\/node\.schema\.json$/, "application/schema+json"],
  [1, /^components\/([^/]+)\/manifest\.json$/, "application/json"],
  [2, /^assets\/(.+)$/, "application/octet-stream"],
  [3, /^manifest\.cbor$/, "application/cbor"],
  [4, /^manifest\.json$/, "application/json"],
  [5, /^provenance\.json$/, "application/json"],
];

interface Sbom {
  bytes: Uint8Array;
  files: unknown[];
}

async function checkSbom(layout: "legacy" | "new", files: Files, say: Say): Promise<Sbom | null> {
  const name = layout === "legacy" ? "sbom.json" : "sbom.cbor", bytes = files.get(name);
  let document: unknown = null;
  if (layout === "legacy") {
    document = readJson(name, files, say);
  } else if (!bytes) {
    say(`${name} is missing from the archive`);
  } else {
    const decoded = attempt(() => decodeCbor(bytes), `${name} cannot be decoded`, say);
    if (decoded?.tagged) say(`${name} begins with a tag`);
    sayQuirks(name, decoded?.quirks ?? [], say);
    document = decoded?.value ?? null;
  }
  if (!bytes || document === null) return null;
  checkShape("sbom", document, name, { say, ordered: layout === "legacy", nulls: "either" });
  const listed = items(get(document, "files"));
  const paths = listed.map((file) => String(get(file, "path")));
  for (const [i, path] of paths.entries()) {
    const data = files.get(path), file = listed[i];
    if (paths.indexOf(path) !== i) say(`${name} lists ${path} twice`);
    if (SBOM_EXEMPT.includes(path)) say(`${name} lists ${path}, which it should not`);
    if (!data) say(`${name} lists the missing file ${path}`);
    if (data && await blake3(data) !== get(file, "hash_blake3")) {
      say(`${name}: the hash of ${path} does not match`);
    }
    if (data && data.length !== get(file, "size")) say(`${name}: the size of ${path} does not match`);
    const type = layout === "legacy" ? LEGACY_FILES[legacyKind(path)]?.[2] : newMediaType(path);
    if (type && type !== get(file, "media_type")) say(`${name}: the media type of ${path} is not ${type}`);
  }
  for (const path of files.keys()) {
    if (!SBOM_EXEMPT.includes(path) && !paths.includes(path)) {
      say(`${name} does not list ${path}`);
    }
  }
  if (layout === "new" && !isSorted(paths)) say(`${name} is not sorted by path`);
  if (layout === "legacy") checkLegacySbomOrder(paths, say);
  return { bytes, files: listed };
}

function newMediaType(path: string): string {
  if (/^(manifest|components\/[^/]+\.manifest)\.cbor$/.test(path)) return "application/cbor";
  return path.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
}

function legacyKind(path: string): number {
  return LEGACY_FILES.findIndex(([, pattern]) => pattern.test(path));
}

function checkLegacySbomOrder(paths: string[], say: Say): void {
  let lastKind = -1, lastOwner: string | undefined;
  for (const path of paths) {
    const kind = legacyKind(path), [place = -1, pattern] = LEGACY_FILES[kind] ?? [];
    const owner = pattern?.exec(path)?.[1], lastPlace = LEGACY_FILES[lastKind]?.[0] ?? -1;
    const first = LEGACY_FILES.findIndex((row) => row[0] === place) === kind;
    const follows = first
      ? place >= lastPlace
      : place === lastPlace && kind > lastKind && owner === lastOwner;
    if (kind < 0) say(`${path} has no place in a legacy pack`);
    else if (!follows) say(`sbom.json: ${path} is out of order`);
    [lastKind, lastOwner] = [kind, owner];
  }
}

// ---- signature (§5.3, §7.1) ----

/** One block of a PEM file: the label, the body, the closing label. */
const PEM_BLOCK = /-----BEGIN (\w+)-----\n((?:[A-Za-z0-9+/=]+\n)+)-----END (\w+)-----(?:\n|$)/g;
/** The parts of a development certificate: the one name, the validity, and the head of the Ed25519 key. */
const DEV_NAME = "\x30\x1d\x31\x1b\x30\x19\x06\x03\x55\x04\x03\x0c\x12greentic-dev-local";
const DEV_DATES = "\x30\x20\x17\x0d750101000000Z\x18\x0f40960101000000Z";
const DEV_KEY = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

async function checkSignature(sbom: Sbom | null, files: Files, say: Say): Promise<PackReport["signature"]> {
  const present = SIGNATURE_FILES.filter((name) => files.has(name));
  if (present.length === 0) return null;
  if (present.length === 1) say(`the signature files are incomplete: there is only ${present[0]}`);
  if (present.length === 1 || !sbom) return null;
  const envelope = readJson("signatures/pack.sig", files, say);
  checkShape("envelope", envelope, "signatures/pack.sig", { say, ordered: true, nulls: "either" });

  const lines = sbom.files.map((file) => ({
    path: String(get(file, "path")),
    hash: get(file, "hash_blake3"),
  }));
  lines.sort((a, b) => comparePaths(a.path, b.path));
  const tail = lines.map(({ path, hash }) => `${path}\n${hash}`).join("");
  const parts = [files.get("manifest.cbor")!, sbom.bytes].map((part) => new Uint8Array(part));
  const digest = await blake3(new Uint8Array(await new Blob([...parts, tail]).arrayBuffer()));
  if (digest !== get(envelope, "digest")) say("the signature digest does not match");

  const key = readFirstKey(files.get("signatures/chain.pem")!, say);
  if (!key) return null;
  const fingerprint = await blake3(key);
  const claimed = get(envelope, "key_fingerprint");
  if (claimed !== null && claimed !== fingerprint) say("the key fingerprint does not match");
  const sig = String(get(envelope, "sig")).replaceAll("-", "+").replaceAll("_", "/");
  const verified = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]).then((imported) =>
    crypto.subtle.verify("Ed25519", imported, fromBinary(atob(sig)), fromHex(digest))
  ).catch(() => false);
  if (!verified) say("the signature does not verify");
  return { digest, publicKey: hex(key), fingerprint };
}

function fromBinary(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Reads the raw Ed25519 key of the first certificate of a chain. */
function readFirstKey(bytes: Uint8Array, say: Say): Uint8Array<ArrayBuffer> | null {
  return attempt(
    () => {
      const pem = utf8(bytes);
      if (pem.includes("\r")) say("signatures/chain.pem has CR characters");
      const blocks = [...pem.matchAll(PEM_BLOCK)], last = blocks.at(-1);
      if (
        !last || pem.slice(last.index + last[0].length).trim() ||
        pem.split("-----BEGIN").length !== blocks.length + 1
      ) {
        throw new Error("it is not a PEM chain");
      }
      if (blocks.some(([, begin, , end]) => begin !== "CERTIFICATE" || end !== begin)) {
        throw new Error("a block is not a certificate");
      }
      const certificate = new X509Certificate(blocks[0]![0]);
      const spki = certificate.publicKey.export({ type: "spki", format: "der" });
      const der = atob(blocks[0]![2]!.replaceAll("\n", ""));
      if (certificate.subject === "CN=greentic-dev-local" && certificate.issuer === certificate.subject) {
        if (!certificate.verify(certificate.publicKey)) say("the development certificate is not self-signed");
        if (blocks.length !== 1) say("the development chain has more than one certificate");
        const parts = DEV_NAME + DEV_DATES + DEV_NAME + DEV_KEY;
        const tail = der.slice(-(parts.length + 32 + 74));
        const signed = tail.slice(parts.length + 32).startsWith(DEV_KEY.slice(2, 9) + "\x03\x41\x00");
        if (!tail.startsWith(parts) || !signed) say("the development certificate is not as documented");
      }
      if (spki.length !== DEV_KEY.length + 32) throw new Error("its key is not an Ed25519 key");
      return new Uint8Array(spki.subarray(DEV_KEY.length));
    },
    "signatures/chain.pem is not valid",
    say,
  );
}
