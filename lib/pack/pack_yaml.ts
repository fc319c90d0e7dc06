/**
 * `pack.yaml`, the description of a pack by its author, in the words of the reference packer. Finds everything that is
 * wrong with it, each with its line. Never reads the files it names.
 *
 * One decoder of one document; that is why it is longer than other files.
 */

import type { Finding } from "../base/finding.ts";
import { isArray, isObject, type Json, type JsonObject, member, omit, stringMember } from "../base/json.ts";
import type { Path, YamlDocument } from "../base/yaml.ts";
import { RECORD_FIELDS, secretFaults } from "./component_record.ts";
import { COMPONENT_MANIFESTS, PACK_YAML } from "./entries.ts";
import { isIdentifier, isSecretKey, isVersion } from "./shape.ts";

/** A component as an author describes it. */
export interface DescribedComponent {
  /** The id by which flows call it. */
  readonly id: string;
  /** Its version. @default the pack's */
  readonly version?: string;
  /** The world it claims. @default what its bytes export */
  readonly world?: string;
  /** The file, or the folder that holds it. @default `components/<id>.wasm` */
  readonly wasm?: string;
  /** Fields of its record: `supports`, `profiles`, `capabilities`, `operations`, `config_schema`, `resources`. */
  readonly record: JsonObject;
  /** Its line in the file. */
  readonly line: number;
}

/** A flow as an author lists it. */
export interface DescribedFlow {
  /** The file. */
  readonly file: string;
  /** The id that the file must have. @default the file's own */
  readonly id?: string;
  /** Words to find it by. */
  readonly tags: readonly string[];
  /** Its line in the file. */
  readonly line: number;
}

/** What an author says of a pack. */
export interface PackDescription {
  /** The pack's id. */
  readonly id: string;
  /** Its version. */
  readonly version: string;
  /** Its name for people. */
  readonly name?: string;
  /** Its kind. @default `application` */
  readonly kind?: string;
  /** What it is for. */
  readonly description?: string;
  /** Who publishes it. */
  readonly publisher?: string;
  /** Its components, or null when the folder `components` is to be searched. */
  readonly components: readonly DescribedComponent[] | null;
  /** Its flows, or null when the folder `flows` is to be searched. */
  readonly flows: readonly DescribedFlow[] | null;
  /** Files to carry beside those of the folder `assets`. */
  readonly assets: readonly { readonly path: string; readonly line: number }[];
  /** Other packs that it needs. */
  readonly dependencies: readonly JsonObject[];
  /** Secrets that it asks for, beside those of its components. */
  readonly secretRequirements: readonly JsonObject[];
  /** Extensions by key. */
  readonly extensions: JsonObject;
  /** Flows that install and upgrade it. */
  readonly bootstrap?: JsonObject;
  /** The line of these. */
  readonly bootstrapLine: number;
}

const KINDS = ["application", "provider", "infrastructure", "library"];
const DEPENDENCY = ["alias", "pack_id", "version_req", "required_capabilities"];
const EXTENSION = ["kind", "version", "digest", "location", "inline"];
const FLOW = ["id", "file", "tags", "entrypoints"];
const BOOTSTRAP = ["install_flow", "upgrade_flow", "installer_component"];
const KNOWN = [
  ...["pack_id", "version", "name", "kind", "description", "publisher", "components", "flows", "assets"],
  ...["dependencies", "secret_requirements", "extensions", "bootstrap"],
];
/** What a secret's key may look like. */
export const SECRET_KEY_HINT =
  "A key has the characters A-Z a-z 0-9 . _ / - only, and no leading / and no ..";
const SUPPORTS: Readonly<Record<string, string>> = {
  "messaging": "messaging",
  "event": "event",
  "job": "job",
  "http": "http",
  "componentconfig": "component_config",
  "component-config": "component_config",
  "component_config": "component_config",
};

/** A kind of flows that components support, in the spelling of manifests; undefined when there is none such. */
export function supportedKind(kind: Json): string | undefined {
  return typeof kind === "string" && Object.hasOwn(SUPPORTS, kind) ? SUPPORTS[kind] : undefined;
}

/** The description in a document, or undefined when a finding is an error. */
export function readPackYaml(document: YamlDocument, findings: Finding[]): PackDescription | undefined {
  const reader = new Reader(document, findings);
  const before = findings.length;
  const description = reader.description();
  const found = findings.splice(before).sort((a, b) => lineIn(a) - lineIn(b));
  findings.push(...found);
  return findings.slice(before).some(({ severity }) => severity === "error") ? undefined : description;
}

/** The line in a finding's place. */
function lineIn({ place = "" }: Finding): number {
  return Number(place.slice(place.lastIndexOf(":") + 1));
}

class Reader {
  readonly #document: YamlDocument;
  readonly #findings: Finding[];

  constructor(document: YamlDocument, findings: Finding[]) {
    this.#document = document;
    this.#findings = findings;
  }

  description(): PackDescription {
    const top = this.#document.value;
    if (!isObject(top)) this.#error([], "is no map of fields", "Begin with pack_id: my.pack");
    for (const key of Object.keys(isObject(top) ? top : {})) {
      if (!KNOWN.includes(key)) this.#warning([key], "is not known and has no effect");
    }
    const kind = this.#text(top, ["kind"])?.toLowerCase();
    if (kind !== undefined && !KINDS.includes(kind)) {
      this.#error(["kind"], `is "${kind}"`, `The kinds are ${KINDS.join(", ")}`);
    }
    const id = this.#required(top, ["pack_id"]), version = this.#required(top, ["version"]);
    this.#checkId(id, ["pack_id"]);
    this.#checkVersion(version, ["version"]);
    return {
      id,
      version,
      ...optional("name", this.#text(top, ["name"])),
      ...optional("kind", kind),
      ...optional("description", this.#text(top, ["description"])),
      ...optional("publisher", this.#text(top, ["publisher"])),
      components: this.#items(top, "components")?.map((item, i) => this.#component(item, i)) ?? null,
      flows: this.#items(top, "flows")?.map((item, i) => this.#flow(item, i)) ?? null,
      assets: (this.#items(top, "assets") ?? []).map((item, i) => ({
        path: typeof item === "string" ? item : this.#required(item, ["assets", i, "path"]),
        line: this.#line(["assets", i]),
      })),
      dependencies: (this.#items(top, "dependencies") ?? []).map((item, i) => this.#dependency(item, i)),
      secretRequirements: (this.#items(top, "secret_requirements") ?? []).map((item, i) =>
        this.#secret(item, i)
      ),
      extensions: this.#extensions(top),
      ...this.#bootstrap(top),
      bootstrapLine: this.#line(["bootstrap"]),
    };
  }

  #component(item: Json, i: number): DescribedComponent {
    const at: Path = ["components", i];
    const id = this.#required(item, [...at, "id"]), version = this.#text(item, [...at, "version"]);
    this.#checkId(id, [...at, "id"]);
    if (version !== undefined) this.#checkVersion(version, [...at, "version"]);
    const record = isObject(item) ? omit(item, ["id", "version", "world", "wasm"]) : {};
    for (const key of Object.keys(record)) {
      if (!RECORD_FIELDS.includes(key)) this.#warning([...at, key], "is not known and has no effect");
    }
    const kept = Object.entries(record).filter(([key]) => RECORD_FIELDS.includes(key));
    return {
      id,
      ...optional("version", version),
      ...optional("world", this.#text(item, [...at, "world"])),
      ...optional("wasm", this.#text(item, [...at, "wasm"])),
      record: { ...Object.fromEntries(kept), ...this.#supports(item, [...at, "supports"]) },
      line: this.#line(at),
    };
  }

  /** The kinds of flows that a component supports, in the spelling of the manifest. */
  #supports(item: Json, at: Path): JsonObject {
    const listed = member(item, "supports");
    if (listed === undefined) return {};
    const kinds = (isArray(listed) ? listed : [listed]).map(supportedKind);
    if (kinds.includes(undefined)) {
      this.#error(
        at,
        "lists an unknown kind of flow",
        "The kinds are messaging, event, component-config, job, http",
      );
    }
    return { supports: kinds.filter((kind) => kind !== undefined) };
  }

  #flow(item: Json, i: number): DescribedFlow {
    const at: Path = ["flows", i];
    const tags = member(item, "tags") ?? [];
    this.#known(item, at, FLOW);
    if (!isArray(tags) || tags.some((tag) => typeof tag !== "string")) {
      this.#error([...at, "tags"], "is no list of texts");
    }
    return {
      file: typeof item === "string" ? item : this.#required(item, [...at, "file"]),
      ...optional("id", this.#text(item, [...at, "id"])),
      tags: isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [],
      line: this.#line(at),
    };
  }

  #dependency(item: Json, i: number): JsonObject {
    const at: Path = ["dependencies", i];
    for (const key of ["alias", "pack_id", "version_req"]) this.#required(item, [...at, key]);
    this.#checkId(stringMember(item, "pack_id") ?? "", [...at, "pack_id"]);
    const required = member(item, "required_capabilities") ?? [];
    if (!isArray(required) || required.some((name) => typeof name !== "string")) {
      this.#error([...at, "required_capabilities"], "is no list of texts");
    }
    return this.#known(item, at, DEPENDENCY);
  }

  #secret(item: Json, i: number): JsonObject {
    const at: Path = ["secret_requirements", i];
    const key = this.#required(item, [...at, "key"]);
    if (key !== "" && !isSecretKey(key)) this.#error([...at, "key"], `is "${key}"`, SECRET_KEY_HINT);
    if (!isObject(item)) return {};
    const { unknown, wrong } = secretFaults(item);
    for (const name of unknown) this.#warning([...at, name], "is not known and has no effect");
    // That the key is missing was told before.
    for (const what of wrong.filter((each) => !each.startsWith('"key"'))) {
      this.#error(at, `is wrong: ${what}`);
    }
    return item;
  }

  #bootstrap(top: Json): { bootstrap?: JsonObject } {
    const bootstrap = member(top, "bootstrap") ?? undefined;
    if (bootstrap === undefined) return {};
    if (!isObject(bootstrap)) {
      this.#error(["bootstrap"], "is no map");
      return {};
    }
    for (const key of Object.keys(bootstrap)) {
      if (!BOOTSTRAP.includes(key)) this.#warning(["bootstrap", key], "is not known and has no effect");
    }
    const known = BOOTSTRAP.map((key) => [key, this.#text(bootstrap, ["bootstrap", key])]);
    return { bootstrap: Object.fromEntries(known.filter(([, value]) => value !== undefined)) };
  }

  #extensions(top: Json): JsonObject {
    const extensions = member(top, "extensions") ?? {};
    if (!isObject(extensions)) {
      this.#error(["extensions"], "is no map");
      return {};
    }
    for (const [key, extension] of Object.entries(extensions)) {
      const kind = this.#required(extension, ["extensions", key, "kind"]);
      this.#required(extension, ["extensions", key, "version"]);
      if (key === COMPONENT_MANIFESTS) this.#error(["extensions", key], "is written by the builder itself");
      if (kind !== "" && kind !== key) {
        this.#error(["extensions", key, "kind"], `is "${kind}" and not the key`);
      }
    }
    return Object.fromEntries(
      Object.entries(extensions).map((
        [key, extension],
      ) => [key, this.#known(extension, ["extensions", key], EXTENSION)]),
    );
  }

  /** The known fields of an item in their order; the others are told, and left out. */
  #known(item: Json, at: Path, fields: readonly string[]): JsonObject {
    if (!isObject(item)) return {};
    for (const key of Object.keys(item)) {
      if (!fields.includes(key)) this.#warning([...at, key], "is not known and has no effect");
    }
    const kept = fields.filter((key) => Object.hasOwn(item, key));
    return Object.fromEntries(kept.map((key) => [key, item[key]!]));
  }

  /** A list, or undefined when it is absent. */
  #items(top: Json, key: string): readonly Json[] | undefined {
    const value = member(top, key) ?? undefined;
    if (value === undefined || isArray(value)) return value;
    this.#error([key], "is no list");
    return [];
  }

  #required(value: Json, path: Path): string {
    const absent = (member(value, String(path.at(-1))) ?? "") === "";
    if (absent) this.#error(path, "is missing");
    return this.#text(value, path) ?? "";
  }

  /** The text under the last key of a path, or undefined. */
  #text(value: Json, path: Path): string | undefined {
    const found = member(value, String(path.at(-1))) ?? undefined;
    if (found === undefined || typeof found === "string") return found;
    // A version such as 1.0 reads as a number.
    this.#error(path, "is no text", "Put it in quotes");
    return undefined;
  }

  #checkId(id: string, path: Path): void {
    if (id === "" || isIdentifier(id)) return;
    this.#error(path, `is "${id}"`, "An id has the characters A-Z a-z 0-9 . _ - only");
  }

  #checkVersion(version: string, path: Path): void {
    if (version === "" || isVersion(version)) return;
    this.#error(path, `is "${version}"`, "A version has the form 1.2.3");
  }

  #line(path: Path): number {
    return this.#document.lineOf(path);
  }

  #error(path: Path, what: string, hint?: string): void {
    this.#add("error", path, what, hint);
  }

  #warning(path: Path, what: string): void {
    this.#add("warning", path, what);
  }

  #add(severity: Finding["severity"], path: Path, what: string, hint?: string): void {
    const field = path.length === 0 ? "The document" : `Field "${path.join(".")}"`;
    this.#findings.push({
      severity,
      code: "build.pack_yaml",
      message: `${field} ${what}`,
      place: `${PACK_YAML}:${this.#line(path)}`,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : { [key]: value } as { [P in K]: string };
}
