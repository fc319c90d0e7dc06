/**
 * What the texts of the options mean that tell who answers components, and with what: hosts, secrets, state, mocks, traces.
 * Never reads a file or a variable.
 */

import { isHttpMode, type MocksConfig } from "../mocks_options.ts";
import type { RunOptions } from "../options.ts";
import { nearest, type Parsed, usage } from "./args.ts";
import { defined, pairOf, secretsOf } from "./values.ts";

/** What is said of the host, but for what files and the environment say. */
export interface HostValues {
  readonly options: Pick<RunOptions, "allow" | "secrets" | "state" | "mocks" | "record">;
  /** Files that say more of it, in their order. */
  readonly mocksFiles: readonly string[];
  /** Where traces go, as far as the command line says. */
  readonly otlp: OtlpValues;
  /** Whether no host is to be reached. */
  readonly offline: boolean;
}

/** What the command line says of traces; the environment may say the rest. */
export interface OtlpValues {
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is said of the host. */
export function hostValues({ text, lists, flags }: Parsed): HostValues {
  // First of all: a message about anything else might repeat a value that was meant for a secret.
  const values = secretsOf(lists.secret!);
  const headers = lists["otlp-header"]!.map((item) => pairOf(item, "--otlp-header", "has no name"));
  const words = lists.mocks!.map(mockOf);
  const mode = words.findLast((word) => word.kind === "mode")?.text;
  const http = defined<NonNullable<MocksConfig["http"]>>({
    mode: mode === "on" ? "record-replay" : mode !== undefined && isHttpMode(mode) ? mode : undefined,
    dir: text.recordings,
  });
  return {
    options: defined({
      allow: some(lists.allow!),
      secrets: whole({
        values: lists.secret!.length === 0 ? undefined : values,
        files: some(lists.secrets!),
        environment: some(lists["secret-env"]!.flatMap((names) => names.split(","))),
        allowMissing: flags["allow-missing-secrets"] ? true : undefined,
      }),
      state: whole({
        file: text.state,
        set: lists["state-set"]!.length === 0 ? undefined : seedsOf(lists["state-set"]!),
        dump: flags["state-dump"] ? true : undefined,
      }),
      record: flags.record ? true : undefined,
      mocks: Object.keys(http).length === 0 ? undefined : { http },
    }),
    mocksFiles: words.flatMap(({ kind, text }) => kind === "file" ? [text] : []),
    otlp: { endpoint: text.otlp, headers: Object.fromEntries(headers) },
    offline: flags.offline!,
  };
}

/** A mode of recordings, or the path of a mocks file, which has a dot or a slash. */
function mockOf(word: string): { kind: "mode" | "file"; text: string } {
  if (word === "on" || isHttpMode(word)) return { kind: "mode", text: word };
  if (/[./\\]/.test(word)) return { kind: "file", text: word };
  const modes = `Use ${MODES.join(", ")}, or a file such as mocks.yaml`;
  throw usage(`Option "--mocks" is "${word}"`, nearest(word, MODES, modes));
}

const MODES = ["on", "off", "record", "replay", "record-replay", "auto", "fail-on-miss", "lockdown"];

/** `KEY=BASE64`, as other tools for packs have it: any bytes can be given so. */
function seedsOf(items: readonly string[]): Record<string, Uint8Array> {
  return Object.fromEntries(items.map((item) => {
    const [key, value] = pairOf(item, "--state-set", `is "${item.slice(0, 40)}"`);
    try {
      return [key, Uint8Array.fromBase64(value)];
    } catch {
      throw usage(
        `Option "--state-set" has a value for "${key}" that is no Base64`,
        `Write --state-set ${key}="$(printf %s '{"n":1}' | base64)"`,
      );
    }
  }));
}

function some(items: readonly string[]): readonly string[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** The members that are said, or undefined when none is. */
function whole<T extends object>(members: { [K in keyof T]: T[K] | undefined }): T | undefined {
  const said = defined<T>(members);
  return Object.keys(said).length === 0 ? undefined : said;
}
