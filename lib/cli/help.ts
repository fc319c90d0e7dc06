/** The help texts. */

const GENERAL = `greentic-runner: runs Greentic packs (.gtpack)

Usage:
  greentic-runner run PACK [options]      run a pack's flow
  greentic-runner PACK [options]          the same
  greentic-runner inspect PACK [--json]   tell what a pack contains
  greentic-runner help [COMMAND]          this help, or that of a command
  greentic-runner --version               the version

PACK is a .gtpack archive or the folder of an unpacked one.

Example:
  deno run -A jsr:@greentic/runner run my.gtpack --input '{"name":"Ada"}'

Exit codes: 0 ok, 1 flow failed, 2 usage, 3 pack refused, 4 permission or import missing,
5 limit or timeout, 75 waiting for input (with --fail-on-wait), 130 interrupted
`;

const COMMON = `      --policy strict|devok   what the pack must prove (default devok)
      --strict-signing        the same as --policy strict
      --trust HEX             a trusted Ed25519 key or its BLAKE3 fingerprint; repeatable
      --json                  print one JSON document
      --max-archive-mb N      size of the archive (64)
      --max-entry-mb N        size of one file in it, unpacked (16)
      --max-entries N         number of files in it (10000)
      --max-ratio N           ratio of unpacked to packed size (200)
`;

const TOPICS: Readonly<Record<string, string>> = {
  run: `Usage: greentic-runner run PACK [options]

Runs a flow of a pack. The result goes to standard output, a line per node to standard error, and the whole
record to the run directory: run.json, transcript.jsonl, logs.

What to run:
      --flow ID               flow to run (default: the pack's entry flow); also --entry
      --input JSON            input of the flow (default {}); @FILE reads a file, - standard input
      --input-file FILE       the same from a file
      --secret NAME=VALUE     a secret that guests may read; repeatable
      --lenient-templates     values that do not exist print nothing instead of failing

For whom:
      --tenant ID  --team ID  --user ID  --session ID

Where the record goes:
      --artifacts-dir DIR     run directory (default .greentic/runs/<time>_<id>)
      --cache-dir DIR         where prepared components are kept (default .greentic/cache)
      --no-cache              keep none
      --quiet                 no line per node; warnings stay
      --fail-on-wait          exit 75 when the flow waits for input

Limits:
      --node-timeout MS       time of one node (30000)
      --run-timeout MS        time of the run (600000)
      --max-steps N           nodes started (10000)
      --max-call-depth N      depth of flows calling flows (32)
      --max-memory-mb N       memory of a component (256)
      --max-value-mb N        size of one value (16)
      --max-log-kb N          captured output of one node (1024)
      --max-template-kb N     output of one template (1024)

Pack:
${COMMON}
Example:
  greentic-runner run my.gtpack --input '{"name":"Ada"}' --node-timeout 5000
`,
  inspect: `Usage: greentic-runner inspect PACK [options]

Tells what a pack contains, without running any of it: identity, verification, flows with their nodes and
routes, components with their worlds and imports.

Options:
${COMMON}
Example:
  greentic-runner inspect my.gtpack
`,
};

/** The help on a command, or on the whole. */
export function helpText(topic: string | null): string {
  return topic !== null && Object.hasOwn(TOPICS, topic) ? TOPICS[topic]! : GENERAL;
}
