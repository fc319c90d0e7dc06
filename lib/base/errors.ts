/**
 * The one error class that leaves this library, and the closed list of its codes.
 * Never decides what to do about an error: policies and exit codes live with their owners.
 */

/**
 * Every code an error, a failure or a finding of this library can carry. Codes are stable: scripts may
 * match on them; messages may be reworded.
 */
export type ErrorCode =
  // The container.
  /** The path does not exist or cannot be opened. */
  | "pack.not_found"
  /** The file is no zip archive. */
  | "pack.not_zip"
  /** The archive ends too early. */
  | "pack.truncated"
  /** An entry name leaves the archive, is absolute, too long or too deep, or has a backslash, a drive or a NUL. */
  | "pack.unsafe_path"
  /** An entry is a symbolic link. */
  | "pack.unsupported.link"
  /** An entry is a device, or a folder under the name of a file. */
  | "pack.unsupported.file_type"
  /** An entry is encrypted. */
  | "pack.unsupported.encryption"
  /** An entry uses an unknown compression method. */
  | "pack.unsupported.method"
  /** Two entries have one name, or names that differ only by case or Unicode form. */
  | "pack.duplicate_entry"
  /** The archive's directory cannot be read, or can be read in two ways. */
  | "pack.corrupt.directory"
  /** There are bytes before, after or within the archive that belong to no entry. */
  | "pack.corrupt.extra_data"
  /** An entry's own header contradicts the directory. */
  | "pack.corrupt.header"
  /** An entry's sizes contradict each other or its data. */
  | "pack.corrupt.size"
  /** An entry's data cannot be unpacked. */
  | "pack.corrupt.compression"
  /** An entry's data does not match its checksum. */
  | "pack.corrupt.checksum"
  /** Two entries, or an entry and the directory, share bytes. */
  | "pack.corrupt.overlap"
  /** The pack changed on disk while it was in use. */
  | "pack.changed"
  /** An entry that the pack refers to is absent. */
  | "pack.missing_entry"
  /** The archive, an entry, the entry count or the compression ratio exceeds its limit. */
  | "pack.limit.archive"
  | "pack.limit.entry"
  | "pack.limit.entries"
  | "pack.limit.ratio"
  /** A document in the pack is larger, or has more values, than allowed. */
  | "pack.limit.document"
  // The manifest.
  /** `manifest.cbor` is absent. */
  | "manifest.missing"
  /** A CBOR document ends too early, or goes on after its end. */
  | "manifest.cbor.truncated"
  | "manifest.cbor.trailing"
  /** A CBOR document has a head, a break or a text that the format does not allow. */
  | "manifest.cbor.syntax"
  /** A CBOR document nests too deeply, has too many items, or declares more than it has bytes. */
  | "manifest.cbor.depth"
  | "manifest.cbor.items"
  | "manifest.cbor.length"
  /** A map has a key twice, or one that is no text. */
  | "manifest.cbor.duplicate_key"
  | "manifest.cbor.key"
  /** A number is NaN, infinite, or beyond 2^53. */
  | "manifest.cbor.number"
  /** A value is of a type that JSON cannot hold: a byte string, a big number, a simple value. */
  | "manifest.cbor.type"
  /** `manifest.cbor` has neither of the two known layouts, or a field of the wrong type. */
  | "manifest.invalid"
  /** `manifest.cbor` has a version that this runner does not read. */
  | "manifest.newer"
  // Verification.
  /** A file's digest differs from the SBOM, a listed file is absent, or a file is not listed. */
  | "verify.digest"
  | "verify.missing_file"
  | "verify.extra_file"
  /** The SBOM is absent or cannot be read. */
  | "verify.sbom"
  /** The pack has no SBOM. */
  | "verify.no_sbom"
  /** The pack is not signed. */
  | "verify.unsigned"
  /** One part of a signature is there and another is not: envelope, chain, or what the signature covers. */
  | "verify.signature.incomplete"
  /** The signature's envelope cannot be read. */
  | "verify.signature.envelope"
  /** The signature names another algorithm than Ed25519. */
  | "verify.signature.algorithm"
  /** The signature was made for another manifest or SBOM. */
  | "verify.signature.digest"
  /** The signature names another key than its certificate carries. */
  | "verify.signature.key"
  /** The signature's certificate chain cannot be read, or contradicts itself. */
  | "verify.signature.chain"
  /** The signature does not hold for its key. */
  | "verify.signature.invalid"
  /** The certificate has expired, or is not valid yet. */
  | "verify.certificate.expired"
  | "verify.certificate.not_yet_valid"
  /** The certificate was signed by somebody whose certificate is not at hand. */
  | "verify.certificate.issuer"
  /** The signature holds, but nobody vouched for its key. */
  | "verify.untrusted"
  /** A file differs from the digest that the manifest has of it. */
  | "verify.manifest_hash"
  /** A component's manifest differs from its digest, or from what the pack's manifest says. */
  | "verify.component_manifest"
  /** A signature within the manifest does not hold. */
  | "verify.manifest_signature"
  /** A component does not have the digest that a lock file or the table of component sources pins. */
  | "verify.component_digest"
  /** A component from outside of the pack is covered by no digest. */
  | "verify.component_unpinned"
  /** The policy asks for more than the pack offers: no signature, or none by a trusted key. */
  | "verify.policy"
  /** What is to be trusted is no key, no certificate, and no file of these. */
  | "trust.invalid"
  // Where components come from.
  /** The file that maps components to files cannot be read. */
  | "components.map"
  /** The folder of components is not there. */
  | "components.dir"
  /** The lock file cannot be read, or contradicts itself. */
  | "lock.invalid"
  // Flows.
  /** The pack has no flow that can run. */
  | "flow.none"
  /** The named flow is not in the pack. */
  | "flow.not_found"
  /** The flow document cannot be read. */
  | "flow.invalid"
  /** Two flows of the pack have one id. */
  | "flow.duplicate"
  /** A node names no component. */
  | "flow.no_component"
  /** The flow has no node to start at. */
  | "flow.no_start"
  /** A route, entrypoint or snapshot names a node that the flow does not have. */
  | "flow.node_not_found"
  /** A node's routing is ambiguous or malformed. */
  | "flow.routing"
  /** No route of a node matches its output. */
  | "flow.no_route"
  /** The run took more steps than allowed. */
  | "flow.max_steps"
  /** Calls from flow to flow nest deeper than allowed. */
  | "flow.max_depth"
  /** A node that waits has nowhere to go on. */
  | "flow.wait_route"
  /** The snapshot belongs to another flow or pack, or has an unknown version. */
  | "flow.snapshot"
  /** A called flow paused; only the entry flow may. */
  | "flow.call_waits"
  /** A component or node asks for a jump that is malformed. */
  | "flow.jump"
  /** A flow jumps more often than its jumps allow. */
  | "flow.redirect_limit"
  /** The flow has no entrypoint or node of the name that a run shall start at. */
  | "flow.entrypoint"
  /** A variable that the flow requires was not given. */
  | "flow.variable"
  // Templates.
  /** A template cannot be parsed. */
  | "template.syntax"
  /** A template names a value that does not exist. */
  | "template.missing"
  /** A template's helper is unknown or was called with wrong arguments. */
  | "template.helper"
  /** A template's output or iteration count exceeds its limit. */
  | "template.limit"
  // Nodes.
  /** A node's kind needs a service that this runner does not have. */
  | "node.kind"
  /** A node's payload has the wrong shape for its kind. */
  | "node.payload"
  /** A node calls a component without naming an operation. */
  | "node.operation"
  /** A node's component or provider is not in the pack. */
  | "node.component"
  /** The component answered with an error of its own. */
  | "node.failed"
  /** The node took longer than its limit. */
  | "node.timeout"
  /** The node was stopped from outside. */
  | "node.cancelled"
  /** The component's answer is not valid. */
  | "node.output"
  // Components.
  /** The file is no WebAssembly component. */
  | "component.not_component"
  /** The component is damaged or cannot be transpiled. */
  | "component.invalid"
  /** The component exports no world that flows can call. */
  | "component.world"
  /** The component wants imports that this host does not offer. */
  | "component.import_missing"
  /** The component uses instructions that cannot be metered. */
  | "component.unmetered"
  /** The worker that runs components died or fell silent. */
  | "component.worker"
  // Traps.
  /** The guest executed `unreachable`, as a panic does. */
  | "trap.unreachable"
  /** The guest recursed too deeply. */
  | "trap.stack"
  /** The guest divided by zero, or converted a number that does not fit. */
  | "trap.arithmetic"
  /** The guest reached outside of its memory. */
  | "trap.memory"
  /** The guest called through a table what is not there, or of another type. */
  | "trap.table"
  /** The guest trapped in another way. */
  | "trap.other"
  /** The guest called exit. */
  | "trap.exit"
  // Limits.
  /** The guest asked for more memory than allowed, or stored more with the runner. */
  | "limit.memory"
  /** A table of the component has more elements than allowed, or it has too many tables. */
  | "limit.table"
  /** The component has more core instances than allowed. */
  | "limit.instances"
  /** The component holds more resources than allowed at a time. */
  | "limit.handles"
  /** The component called its host more often than allowed. */
  | "limit.host_calls"
  /** A string, list or value that crosses the guest's border is too large. */
  | "limit.value"
  /** The run took longer than its limit. */
  | "limit.run_time"
  /** The values of a run are too many or too large together. */
  | "limit.run_values"
  // Host calls.
  /** The guest asked for a host, or for an address behind it, that is not allowed. */
  | "http.denied"
  /** The guest's request has no address, method or header that HTTP knows. */
  | "http.invalid"
  /** The server could not be reached, or broke off. */
  | "http.unavailable"
  /** The server took longer than allowed. */
  | "http.timeout"
  /** The answer, its headers or the redirects that led to it exceed a limit. */
  | "http.limit"
  /** The server's certificate is not valid, or no secure connection came about. */
  | "http.tls"
  // Recordings and replays.
  /** A recording of a request is damaged, or of a version that this runner does not read. */
  | "recording.invalid"
  /** A recording of a request is older than it may be. */
  | "recording.expired"
  /** A run that is replayed asks for what its recordings do not have. */
  | "replay.miss"
  /** A run that was replayed did not do what was recorded. */
  | "replay.difference"
  // What guests are given.
  /** Secrets that the pack asks for are not there. */
  | "secret.missing"
  /** A file of secrets cannot be read. */
  | "secrets.invalid"
  /** A file of secrets can be read by others, or a secret is too short to be hidden in records. */
  | "secrets.exposed"
  /** The file that keeps state cannot be opened, or is none. */
  | "state.file"
  /** A file of mocks cannot be read, or says what no mock is. */
  | "mocks.invalid"
  /** The traces of a run did not reach their collector. */
  | "otlp.export"
  // Building.
  /** A YAML document cannot be read. */
  | "yaml.invalid"
  /** `pack.yaml` is absent, or a field of it is missing or wrong. */
  | "build.pack_yaml"
  /** A file that the pack is to be built from is absent or cannot be read. */
  | "build.missing_file"
  /** The pack was not built; the findings say why. */
  | "build.failed"
  /** A key file cannot be read, or holds no Ed25519 key. */
  | "key.invalid"
  /** A file is there already and is not overwritten. */
  | "key.exists"
  // Artifacts.
  /** The run directory, or a file that was asked for, cannot be written. */
  | "artifacts.write"
  /** There is no run, or a file of its directory cannot be read. */
  | "artifacts.read"
  // Ways of asking.
  /** An option has a value that it cannot have. */
  | "option.invalid"
  /** The run's input is no JSON, too large, or nested too deeply. */
  | "input.invalid"
  /** The command line cannot be understood. */
  | "usage"
  /** A Deno permission is missing. */
  | "permission.missing"
  /** The run was interrupted. */
  | "run.cancelled"
  /** A fault of this library. */
  | "internal";

const REBUILD = "Fetch or build the pack again";
const RESIGN = "Fetch the pack again, or have its author sign it again";
const CHANGED =
  "Fetch the pack again; whoever changed its files builds it again, so that its SBOM lists them";
const AT_FAULT = "The component is at fault: transcript.jsonl has what it was given";

/** What to do about an error whose thrower knows no better. */
const USUAL_HINTS: Partial<Record<ErrorCode, string>> = {
  "pack.not_found": "Check the path: a pack, its folder or that of its sources, a flow file, a component",
  "pack.not_zip": "Give a .gtpack archive, or the folder of an unpacked one",
  "pack.truncated": REBUILD,
  "pack.corrupt.directory": REBUILD,
  "pack.corrupt.extra_data": REBUILD,
  "pack.corrupt.header": REBUILD,
  "pack.corrupt.size": REBUILD,
  "pack.corrupt.compression": REBUILD,
  "pack.corrupt.checksum": REBUILD,
  "pack.corrupt.overlap": REBUILD,
  "pack.changed": "Run it again, and leave the pack alone meanwhile",
  "pack.missing_entry": "Build the pack again with this file in it",
  "pack.unsafe_path":
    "Build the pack again with plain, short names, relative to its root, with / between segments",
  "pack.duplicate_entry": "Rename one of the two and build the pack again",
  "manifest.cbor.truncated": REBUILD,
  "manifest.cbor.trailing": REBUILD,
  "manifest.cbor.syntax": REBUILD,
  "manifest.cbor.depth": REBUILD,
  "manifest.cbor.items": REBUILD,
  "manifest.cbor.length": REBUILD,
  "manifest.cbor.duplicate_key": REBUILD,
  "manifest.cbor.key": REBUILD,
  "manifest.cbor.number": REBUILD,
  "manifest.cbor.type": REBUILD,
  "manifest.invalid": "Build the pack again with a packer that writes one of the two known layouts",
  "verify.digest": CHANGED,
  "verify.missing_file": CHANGED,
  "verify.extra_file": CHANGED,
  "verify.signature.incomplete": RESIGN,
  "verify.signature.envelope": RESIGN,
  "verify.signature.algorithm": RESIGN,
  "verify.signature.digest": RESIGN,
  "verify.signature.key": RESIGN,
  "verify.signature.chain": RESIGN,
  "verify.signature.invalid": RESIGN,
  "verify.manifest_signature": RESIGN,
  "verify.manifest_hash": REBUILD,
  "verify.component_manifest": REBUILD,
  "verify.component_digest": "Fetch or build the component again, or the file that pins it",
  "trust.invalid":
    "Give an Ed25519 public key or its BLAKE3 fingerprint in hex, or a PEM file of keys or certificates",
  "lock.invalid": "Write the lock file again with the tool that made it",
  "verify.sbom": REBUILD,
  "component.invalid": "Build the component again; `wasm-tools validate` tells what is wrong with it",
  "component.unmetered": "Build the component for 32-bit memory, without experimental instructions",
  "flow.duplicate": "Give each flow an id of its own",
  "flow.invalid": "Mend the document of the flow",
  "yaml.invalid": "Mend the document: YAML 1.2 or JSON, in UTF-8",
  "flow.routing":
    "Write a list of routes: [{condition: status == done, to: NODE}, {to: OTHER}], or the word end",
  "template.syntax": "Write it as the README shows templates: {{path}}, and blocks with the known helpers",
  "template.helper": "Give the helper all its arguments, such as {{lookup object key}}",
  "template.limit": "Give long text and long lists to a component, which works through them faster",
  "flow.snapshot": "Resume with the snapshot of a waiting run, as it was written",
  "node.payload": "Compare the node with what its kind takes",
  "node.output": AT_FAULT,
  "trap.unreachable": AT_FAULT,
  "trap.stack": AT_FAULT,
  "trap.arithmetic": AT_FAULT,
  "trap.memory": AT_FAULT,
  "trap.table": AT_FAULT,
  "trap.other": AT_FAULT,
  "trap.exit": AT_FAULT,
  "limit.value": "Give less at once, or let the component return less",
  "input.invalid": `Give JSON: --input '{"name":"Ada"}'`,
  "internal": "This is a fault of the runner: please report it with the command and the pack",
};

/** What usually helps with errors of a code. */
export function usualHint(code: string): string | undefined {
  return Object.hasOwn(USUAL_HINTS, code) ? USUAL_HINTS[code as ErrorCode] : undefined;
}

/** What a {@linkcode RunnerError} may carry beside its code and message. */
export interface RunnerErrorOptions {
  /** What to type or change to get further. @default what usually helps with errors of this code */
  hint?: string;
  /** Where it happened: an entry of the pack, a flow and node, a file. */
  place?: string;
  /** The particulars, as lines of a table. */
  rows?: readonly string[];
  /** The error behind this one. */
  cause?: unknown;
}

/**
 * A bad pack, a bad option or a broken host. A flow that fails is no error but a result.
 *
 * @example
 * ```ts
 * import { runPack, RunnerError } from "@greentic/runner";
 *
 * try {
 *   await runPack("absent.gtpack");
 * } catch (error) {
 *   if (error instanceof RunnerError) console.error(error.code, error.hint);
 * }
 * ```
 */
export class RunnerError extends Error {
  /** The stable code. */
  readonly code: ErrorCode;
  /** What to type or change to get further. */
  readonly hint?: string;
  /** Where it happened. */
  readonly place?: string;
  /** The particulars, as lines of a table. */
  readonly rows?: readonly string[];

  /** Creates an error from its code, a message and what is known beside. */
  constructor(code: ErrorCode, message: string, options: RunnerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RunnerError";
    this.code = code;
    const hint = options.hint ?? usualHint(code);
    if (hint !== undefined) this.hint = hint;
    if (options.place !== undefined) this.place = options.place;
    if (options.rows !== undefined) this.rows = options.rows;
  }
}

/** The error with every text in it changed, those of its causes too; itself where nothing changes. */
export function withTexts(error: RunnerError, change: (text: string) => string): RunnerError {
  const { code, hint, place, rows } = error;
  const [message = "", ...causes] = messageChain(error);
  const texts = [message, ...causes, hint ?? "", place ?? "", ...rows ?? []];
  if (texts.every((text) => change(text) === text)) return error;
  const cause = causes.reduceRight<Error | undefined>(
    (inner, text) => new Error(change(text), inner === undefined ? undefined : { cause: inner }),
    undefined,
  );
  return new RunnerError(code, change(message), {
    ...(hint === undefined ? {} : { hint: change(hint) }),
    ...(place === undefined ? {} : { place: change(place) }),
    ...(rows === undefined ? {} : { rows: rows.map(change) }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The messages of an error and all its causes, outermost first. */
export function messageChain(error: unknown): string[] {
  const chain: string[] = [];
  for (let at: unknown = error, depth = 0; at !== undefined && at !== null && depth < 16; depth++) {
    chain.push(messageOf(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return chain;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
