/**
 * Secrets in a file: JSON or YAML by its name or its first sign, else `.env`. Says so when others may read it. Never
 * repeats a value in a message, and hands no parser's error on, which may do so.
 */

import { utf8Text } from "../../base/bytes.ts";
import { RunnerError } from "../../base/errors.ts";
import type { Finding } from "../../base/finding.ts";
import type { Json } from "../../base/json.ts";
import { readJsonDocument } from "../../base/json_document.ts";
import { jsonFault } from "../../base/json_fault.ts";
import { quoted } from "../../base/paths.ts";
import { readDenied } from "../../base/permission.ts";
import { readSeeds, type SecretScope } from "./seeds.ts";
import { type SecretEntry, type SecretSource, SecretTable } from "./source.ts";

/** Largest file that is read, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;
const CHECK_PATH = "Check the path and who may read it";
const NO_FILE = "Write the secrets to a file, or name variables that hold them with --secret-env";
/** What others than the file's owner may do with it. */
const OTHERS = 0o077;

const DOTENV_REGEXP = /^\.env(?:\..*)?$|\.env$/i, JSON_REGEXP = /\.json$/i, YAML_REGEXP = /\.ya?ml$/i;

/** A source with what a user should know of it. */
export interface OpenedSource {
  /** The secrets. */
  readonly source: SecretSource;
  /** What is not as it should be. */
  readonly warnings: readonly Finding[];
}

/**
 * Reads a file of secrets, which Deno must permit.
 *
 * @throws {RunnerError} `secrets.invalid` with the path and, where there is one, the line; `permission.missing`.
 */
export async function fileSource(path: string, scope: SecretScope): Promise<OpenedSource> {
  const { bytes, mode } = await readFile(path);
  const text = utf8Text(bytes);
  if (text === undefined) throw invalid(path, "it is no text in UTF-8");
  const { entries, warnings } = await readEntries(text, { bytes, path, scope });
  const exposed = mode === null || (mode & OTHERS) === 0 ? [] : [exposedFile(path, mode)];
  return { source: new SecretTable("file", entries), warnings: [...exposed, ...warnings] };
}

async function readFile(path: string): Promise<{ bytes: Uint8Array; mode: number | null }> {
  try {
    const { isDirectory, isFile, size, mode } = await Deno.stat(path);
    if (isDirectory) throw unusable(path, "it is a folder");
    // A pipe would let its reader wait for ever.
    if (!isFile) throw unusable(path, "it is no regular file", NO_FILE);
    if (size > MAX_FILE_BYTES) throw unusable(path, `it is larger than ${MAX_FILE_BYTES} bytes`);
    return { bytes: await Deno.readFile(path), mode: Deno.build.os === "windows" ? null : mode };
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    if (error instanceof Deno.errors.NotCapable) throw readDenied(path, error);
    if (error instanceof Deno.errors.NotFound) throw unusable(path, "it does not exist");
    throw new RunnerError("secrets.invalid", `Secrets file "${path}" cannot be read`, {
      place: path,
      hint: CHECK_PATH,
      cause: error,
    });
  }
}

interface FileText {
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly scope: SecretScope;
}

interface FileEntries {
  readonly entries: readonly SecretEntry[];
  readonly warnings: readonly Finding[];
}

async function readEntries(text: string, file: FileText): Promise<FileEntries> {
  const { path, scope } = file;
  const name = path.split(/[\\/]/).at(-1) ?? "";
  const dotenv = DOTENV_REGEXP.test(name);
  if (!dotenv && (JSON_REGEXP.test(name) || !YAML_REGEXP.test(name) && /^\s*[{[]/.test(text))) {
    return await seedEntries({ value: parseJson(text, file), text, path }, scope);
  }
  if (!dotenv && YAML_REGEXP.test(name)) {
    return await seedEntries({ value: (await parseSecretYaml(text, path)).value, text, path }, scope);
  }
  const { readDotenv } = await import("./dotenv.ts");
  const read = readDotenv(text, path);
  if ("fault" in read) throw invalid(path, read.fault, read.line);
  const warnings = read.cut.map(({ name, line }): Finding => ({
    severity: "warning",
    code: "secrets.invalid",
    message: `Secret "${name}" ends before the # in its line, as comments do`,
    place: `${path}:${line}`,
    hint: `Put its value into quotes when the # belongs to it: ${name}='…'`,
  }));
  return { entries: read.entries, warnings };
}

function parseJson(text: string, { bytes, path }: FileText): Json {
  const read = readJsonDocument(bytes);
  if ("json" in read) return read.json;
  // What is found there may be a part of a secret, so only the line is told.
  throw invalid(path, "it is no JSON", jsonFault(text)?.line);
}

async function parseSecretYaml(text: string, path: string) {
  const { parseYaml } = await import("../../base/yaml.ts");
  try {
    return parseYaml(text, path);
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code === "permission.missing") throw error;
    throw invalid(path, "it is no YAML", Number(error.place?.slice(path.length + 1)));
  }
}

async function seedEntries(
  { value, text, path }: { value: Json; text: string; path: string },
  scope: SecretScope,
): Promise<FileEntries> {
  const read = readSeeds(value, scope);
  if ("fault" in read) {
    // JSON is YAML, whose parser knows lines; where Deno does not let it work, the path must do.
    const document = await parseSecretYaml(text, path).catch(() => undefined);
    throw invalid(path, read.fault, document?.lineOf(read.path));
  }
  if (read.entries.length > 0 || read.total === 0) return { entries: read.entries, warnings: [] };
  const { env, tenant, team, pack } = scope;
  const run = [env, tenant, team ?? "_", pack].join("/");
  return {
    entries: [],
    warnings: [{
      severity: "warning",
      code: "secrets.invalid",
      message: `Secrets file "${path}" has nothing for this run`,
      place: path,
      hint: `Give addresses that fit it: secrets://${run}/NAME, with _ for any of these but the name`,
    }],
  };
}

function exposedFile(path: string, mode: number): Finding {
  const octal = (mode & 0o777).toString(8).padStart(3, "0");
  return {
    severity: "warning",
    code: "secrets.exposed",
    message: `Secrets file "${path}" may be read or changed by others than its owner (mode ${octal})`,
    place: path,
    hint: `chmod 600 ${quoted(path)}`,
  };
}

/** The error for what is no file that is read, whatever it holds. */
function unusable(path: string, what: string, hint: string = CHECK_PATH): RunnerError {
  return new RunnerError("secrets.invalid", `Secrets file "${path}" cannot be read: ${what}`, {
    place: path,
    hint,
  });
}

function invalid(path: string, what: string, line?: number): RunnerError {
  const place = line === undefined || !(line > 0) ? path : `${path}:${line}`;
  return new RunnerError("secrets.invalid", `Secrets file "${path}" cannot be understood: ${what}`, {
    place,
    hint: `Give lines of NAME=VALUE, or JSON or YAML such as {"NAME": "VALUE"}`,
  });
}
