/** The help texts. */

const GENERAL = `greentic-runner: runs Greentic packs (.gtpack)

Usage:
  greentic-runner run PACK [options]       run a pack's flow
  greentic-runner PACK [options]           the same
  greentic-runner resume RUN_DIR [options] answer a run that waits for input
  greentic-runner replay RUN_DIR [options] run a recorded run again, and tell what differs
  greentic-runner lint PACK [options]      tell what is wrong with flows
  greentic-runner inspect PACK [options]   tell what a pack contains
  greentic-runner doctor PACK [options]    tell what would stop or hinder a run
  greentic-runner verify PACK [options]    tell what a pack proves
  greentic-runner build DIR [-o FILE]      build a pack from a folder
  greentic-runner sign PACK --key FILE     sign a pack
  greentic-runner keygen -o FILE           make a key to sign with
  greentic-runner cache warmup PACK        prepare a pack's components; also: cache doctor, cache prune
  greentic-runner har DIR [-o FILE]        recordings of HTTP requests as an HTTP Archive
  greentic-runner help [COMMAND]           this help, or that of a command
  greentic-runner --version                the version

PACK is a .gtpack archive, the folder of an unpacked one or of its sources, a flow (.ygtc, .yaml, .json), a
component (.wasm), or - for standard input.

Example:
  deno run -A jsr:@greentic/runner run my.gtpack --input '{"name":"Ada"}'

Exit codes: 0 ok, 1 flow failed, 2 usage, 3 pack refused, 4 permission or import missing,
5 limit or timeout, 6 difference from a recording, 70 Deno ended it (--isolation sandboxed without Deno's --unstable-worker-options),
75 waiting for input (with --fail-on-wait), 130 interrupted
`;

const ARCHIVE_LIMITS = `      --max-archive-mb N      size of the archive (64)
      --max-entry-mb N        size of one file in it, unpacked (16)
      --max-document-mb N     size of a manifest, an SBOM or a flow (4)
      --max-entries N         number of files in it (10000)
      --max-ratio N           ratio of unpacked to packed size (200)
`;

const OPENING = `      --policy strict|devok   what the pack must prove (default devok)
      --strict-signing        the same as --policy strict
      --trust KEY|FILE|DIR    whom to trust: an Ed25519 public key or its BLAKE3 fingerprint in hex, or PEM
                              files of keys or certificates; repeatable
      --components-map X      a JSON file of component ids and files, or ID=FILE; repeatable
      --components-dir DIR    a folder to search for components before the pack
      --lock FILE             a lock file whose digests the components must have
      --allow-missing-hash    take locks without the digests of bundled components
      --json                  print one JSON document
${ARCHIVE_LIMITS}`;

const INPUT = `      --input JSON            %; @FILE reads a file, - standard input
      --input-file FILE       the same from a file
      --turns FILE            answers to the waits that follow, a JSON list taken in order; - reads standard input
      --parameter NAME=VALUE  a parameter or variable of the flow; repeatable; also --param
      --lenient-templates     values that do not exist print nothing instead of failing
      --component-input X     auto, or envelope for components that take the reference's envelope apart
`;

const GUESTS = `What components see of the world; nothing of it comes from this process:
      --guest-env NAME=VALUE  an environment variable; repeatable
      --guest-arg TEXT        an argument; repeatable. One that begins with a dash is written --guest-arg=-v
      --dir HOST::GUEST[:ro]  a folder, for reading only with :ro; repeatable. The pack's assets are at /assets
      --config NAME=VALUE     a value that they read as configuration; repeatable. Only its name is recorded
      --mock-time TIME        the time on their clocks, such as 2026-01-01T12:00:00Z
      --seed TEXT             makes their randomness the same in every run
      --isolation X           worker, or sandboxed for a worker without any permission: start Deno with
                              --unstable-worker-options for it
`;

const HOST = `Who answers components, and with what:
      --allow ORIGIN          where they may send HTTP requests: https://api.example.com, http://127.0.0.1:8080;
                              repeatable. Private addresses count only where they are named themselves
      --secret NAME=VALUE     a secret; repeatable
      --secrets FILE          secrets from a .env file, or from JSON or YAML; repeatable
      --secret-env NAME       a secret from this variable of the environment; repeatable
      --allow-missing-secrets begin although secrets are missing that the pack declares
      --state FILE            keep state in an SQLite file, which runs may share (default: in memory)
      --state-set KEY=BASE64  state that is there before the run begins; repeatable
      --state-dump            state.json tells all that is kept, not only what the run changed
      --mocks MODE|FILE       HTTP from recordings, and other mocks from a file; repeatable. Modes: off, record,
                              replay, record-replay (also on, auto), fail-on-miss, lockdown
      --recordings DIR        where recordings of HTTP requests are (default .greentic/recordings)
      --otlp URL              send a trace of the run to this OpenTelemetry collector; OTEL_EXPORTER_OTLP_ENDPOINT
                              and TRACEPARENT count where they may be read
      --otlp-header NAME=TEXT a header for the collector; repeatable
`;

const LIMITS = `      --node-timeout MS       time of one node (30000)
      --run-timeout MS        time of the run (600000)
      --max-steps N           nodes started (10000)
      --max-call-depth N      depth of flows calling flows (32)
      --max-memory-mb N       memory of a component (256)
      --max-table-elements N  elements of one of its tables (100000)
      --max-core-instances N  core modules that a call instantiates (64)
      --max-handles N         files, streams and timers that a call holds at a time (10000)
      --max-host-calls N      host calls of a call (10000)
      --max-value-mb N        size of one value (16)
      --max-run-mb N          size of all values of the run (256)
      --max-http-mb N         body of an HTTP response, unpacked (16)
      --http-timeout MS       time of an HTTP request with its redirects (30000)
      --max-log-kb N          captured output of one node (1024)
      --max-template-kb N     output of one template (1024)
`;

const RECORD = `For whom:
      --tenant ID  --team ID  --user ID  --session ID

Where the record goes:
      --artifacts-dir DIR     run directory (default .greentic/runs/<time>_<id>)
      --cache-dir DIR         where prepared components are kept (default .greentic/cache)
      --no-cache              keep none
      --record                keep a tape of all that comes to components, for replay
      --quiet                 no line per node; warnings stay
      --fail-on-wait          exit 75 when the flow waits for input

Limits:
${LIMITS}`;

const TOPICS: Readonly<Record<string, string>> = {
  run: `Usage: greentic-runner run PACK [options]

Runs a flow of a pack. The result goes to standard output, a line per node to standard error, and the whole
record to the run directory: run.json, transcript.jsonl, logs.

What to run:
      --flow ID               flow to run (default: the pack's entry flow); also --entry
      --entrypoint NAME       named entrypoint of the flow to start at
      --entry-node ID         node to start at, whatever the flow says
      --op NAME               operation to call, when PACK is a component
${INPUT.replace("%", "input of the flow (default {})")}
${GUESTS}
${HOST}
${RECORD}
Pack:
${OPENING}
Example:
  greentic-runner run my.gtpack --input '{"name":"Ada"}' --node-timeout 5000
`,
  resume: `Usage: greentic-runner resume RUN_DIR --input JSON [options]

Goes on with a run that waits for input, in a run directory of its own. RUN_DIR is the run directory of the run
that waited, or a snapshot file. Pack, policy, limits, identity and what components see of the world are those of
that run unless other ones are given. Values of secrets, --otlp and the run directory are not kept: give --secret
again, and --artifacts-dir where the default will not do.

The answer:
${INPUT.replace("%", "what the flow gets as state.input")}
The pack:
      --pack PACK             the pack, when it is not where it was
      --allow-pack-change     go on although the pack has changed

${GUESTS}
${HOST}
${RECORD}
${OPENING}
Example:
  greentic-runner resume .greentic/runs/2026-01-01T12-00-00.000Z_3f2a1c --input '{"name":"Ada"}'
`,
  replay: `Usage: greentic-runner replay RUN_DIR [options]

Runs a run again whose run directory has a tape, from that alone: answers of the host, clocks and randomness are those
of then, and nothing is reached beyond. Prints "same", or the first thing that the pack does otherwise, with node, call and
field, and exits with 6. The pack may have changed: that is what a replay is for.

Options:
      --pack PACK             the pack to run (default: the one of then, as it is now)
      --secret NAME=VALUE     a secret, for components that look at what it is; others get made-up values; repeatable
      --artifacts-dir DIR     run directory of the replay (default .greentic/runs/<time>_<id>)
      --cache-dir DIR         where prepared components are kept
      --no-cache              keep none
      --quiet                 no summary of the run
${LIMITS}${OPENING}
Example:
  greentic-runner replay .greentic/runs/2026-01-01T12-00-00.000Z_3f2a1c --components-map greet=greet.wasm
`,
  lint: `Usage: greentic-runner lint PACK [options]

Tells everything that is wrong with the flows of a pack, of a folder of sources or of a flow file, without running
any of it: documents, routes, kinds of nodes, names of components and flows, templates. Exit code 3 when there is
an error among the findings.

Options:
${OPENING}
Example:
  greentic-runner lint my-pack --json
`,
  inspect: `Usage: greentic-runner inspect PACK [options]

Tells what a pack contains, without running any of it: identity, verification, flows with their nodes and
routes, components with their worlds and imports, the secrets and hosts it asks for. A component without a
pack is asked for its operations, with nothing granted to it.

Options:
      --mermaid FLOW          draw a flow as a Mermaid diagram instead
      --node-timeout MS       how long a component may take to tell its operations (5000)
      --cache-dir DIR         where prepared components are kept (default .greentic/cache)
      --no-cache              keep none
${OPENING}
Example:
  greentic-runner inspect my.gtpack --mermaid main
`,
  doctor: `Usage: greentic-runner doctor PACK [options of run]

Tells what would stop or hinder a run with the same options, without running any of it: verification, the flow that
would run, components with their imports and worlds, secrets, hosts, state, folders, Deno permissions, the cache. Each
row has its severity, its subject, what was found, where, and the line that helps. Nothing is written, and no host is
reached. Exit code 4 when a run would be stopped, 3 when the pack is refused.

Options: all those of run (greentic-runner help run), among them:
      --flow ID               the flow that would run (default: the pack's entry flow); also --entry
      --secret NAME=VALUE     a secret that guests may read; repeatable
      --cache-dir DIR         where prepared components are kept (default .greentic/cache)
${OPENING}
Example:
  greentic-runner doctor my.gtpack --flow main
`,
  verify: `Usage: greentic-runner verify PACK [options]

Checks container, SBOM, signature, certificate, trust, manifest, and the digests of flows, components and
their manifests. Prints a verdict for each. Exit code 3 when the policy refuses the pack.

Options:
${OPENING}
Example:
  greentic-runner verify my.gtpack --policy strict --trust keys/
`,
  build: `Usage: greentic-runner build DIR [options]

Builds a pack from a folder: pack.yaml, flows/*.ygtc (or .yaml, .json), components/<id>.wasm, assets/. In
pack.yaml only pack_id and version are needed. Everything that is wrong is told at once, with file and line.
The same folder gives the same bytes.

Options:
  -o, --out FILE              the pack (default DIR/dist/<pack_id>.gtpack)
      --layout new|legacy     layout of its manifest (new)
      --sign FILE             sign with this private key (PEM)
      --dev-sign              sign with a key that is made for this and thrown away
      --date TIME             date of the build and the signature (1980-01-01T00:00:00Z)
      --json                  print one JSON document
${ARCHIVE_LIMITS}
Example:
  greentic-runner build my-pack -o my.gtpack --sign my.key
`,
  sign: `Usage: greentic-runner sign PACK --key FILE [options]

Signs an archive, in place of any signature that it has. An archive that contradicts its SBOM is refused.

Options:
      --key FILE              the private key (PEM)
      --dev-sign              a key that is made for this and thrown away
  -o, --out FILE              the signed archive (default: PACK itself)
      --date TIME             date of the signature (default now)
      --json                  print one JSON document
${ARCHIVE_LIMITS}
Example:
  greentic-runner sign my.gtpack --key my.key
`,
  cache: `Usage: greentic-runner cache warmup PACK [options]
       greentic-runner cache doctor [options]
       greentic-runner cache prune [options]

warmup prepares the components that the flows of a pack can reach, so that its first run needs no transpiler, and so none
of the permissions that the transpiler needs. doctor tells what is in the cache; exit code 1 when a file is damaged. prune
removes what is of no use: damaged and outdated components, notes about components that are gone, what killed processes
left.

Options:
      --flow ID               warmup: only what this flow can reach; also --entry
      --max-memory-mb N       warmup: the limit that runs will have (256)
      --max-table-elements N  warmup: the limit that runs will have (100000)
      --older-than DAYS       prune: also what was written longer ago
      --all                   prune: everything that the runner has put there
      --dry-run               prune: only tell what would be removed
      --cache-dir DIR         the cache (default .greentic/cache)
${OPENING}
Example:
  greentic-runner cache warmup my.gtpack
`,
  har: `Usage: greentic-runner har DIR [-o FILE]

Writes the recordings of HTTP requests in a folder as an HTTP Archive (HAR 1.2), which browsers and other tools show.

Options:
  -o, --out FILE              the archive (default: standard output)

Example:
  greentic-runner har .greentic/recordings -o requests.har
`,
  keygen: `Usage: greentic-runner keygen -o FILE

Makes an Ed25519 key: FILE is the private half (PKCS #8, PEM, for its owner only), FILE.pub the public half.
Prints the fingerprint by which the key can be trusted. Never overwrites a file.

Options:
  -o, --out FILE              the private key
      --json                  print one JSON document

Example:
  greentic-runner keygen -o my.key
`,
};

/** The help on a command, or on the whole. */
export function helpText(topic: string | null): string {
  return topic !== null && Object.hasOwn(TOPICS, topic) ? TOPICS[topic]! : GENERAL;
}
