/**
 * Checks the templates of a flow without values: what cannot be parsed, and names that no value will ever have.
 * Never renders.
 */

import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { isArray, isObject, type Json, stringMember } from "../base/json.ts";
import { isOpen } from "./callee.ts";
import type { Flow, FlowNode } from "./flow.ts";
import type { Handlebars } from "./handlebars.ts";
import type { LoadedFlow } from "./link.ts";
import type { TemplatePath } from "./handlebars_check.ts";
import { fieldPath } from "./path.ts";
import { Report } from "./report.ts";
import { wholePath } from "./template.ts";

/** The names that every template knows. */
const NAMES = ["entry", "in", "prev", "node", "state", "vars", "parameters", "now"];
/** The names that the maps of a provider know beside them. */
const MAP_NAMES = ["input", "result", "error"];

/** Everything that is wrong with the templates of the flows of a pack. */
export function templateFindings(
  flows: readonly LoadedFlow[],
  handlebars: Handlebars,
): Finding[] {
  // Jumps carry outputs and variables from flow to flow.
  const nodes = new Set(flows.flatMap(({ flow }) => [...flow.nodes.keys()]));
  const variables = new Set(flows.flatMap(({ flow }) => [...flow.variables.keys(), ...assigned(flow)]));
  return flows.flatMap(({ flow, source }) => {
    const report = new Report(source);
    for (const node of flow.nodes.values()) {
      walk(node.kind.mapping, [], (text, field) => {
        const place = { flow, node, nodes, variables, report, field: fieldPath(field) };
        for (const path of pathsIn(text, handlebars, place)) checkPath(path, place);
      });
    }
    return report.findings;
  });
}

/** Where a template stands, and what it may name there. */
interface TemplatePlace {
  readonly flow: Flow;
  readonly node: FlowNode;
  readonly nodes: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
  readonly report: Report;
  readonly field: string;
}

/** The paths that a text always inserts; what cannot be parsed is reported and has none. */
function pathsIn(
  text: string,
  handlebars: Handlebars,
  { node, report, field }: TemplatePlace,
): readonly TemplatePath[] {
  const whole = wholePath(text);
  if (whole !== undefined) return [whole];
  if (!isOpen(text)) return [];
  try {
    return handlebars.check(text);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    report.error(error.code, `Template at ${field}: ${error.message}`, {
      node: node.id,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
    return [];
  }
}

function assigned(flow: Flow): string[] {
  return [...flow.nodes.values()].flatMap(({ kind }) =>
    kind.type === "var_set" ? stringMember(kind.mapping, "name") ?? [] : []
  );
}

type Field = readonly (string | number)[];

function walk(value: Json, field: Field, visit: (text: string, field: Field) => void): void {
  if (typeof value === "string") visit(value, field);
  else if (isArray(value)) value.forEach((item, i) => walk(item, [...field, i], visit));
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) walk(item, [...field, key], visit);
  }
}

function checkPath(
  { text, segments }: TemplatePath,
  { flow, node, nodes, variables, report, field }: TemplatePlace,
): void {
  const [root, name] = segments;
  if (root === undefined) return;
  const known = node.kind.type === "provider" ? [...NAMES, ...MAP_NAMES] : NAMES;
  const problem = (what: string, hint: string) =>
    report.error("template.missing", `Template {{${text}}} at ${field} ${what}`, { node: node.id, hint });
  if (!known.includes(root)) {
    return problem(`names "${root}", which no template knows`, `Templates know: ${known.join(", ")}`);
  }
  if (name === undefined) return;
  const parameters = Object.keys(flow.parameters).filter((one) => one !== "vars_init");
  if (root === "parameters" && !parameters.includes(name)) {
    const names = parameters.join(", ") || "none";
    return problem(`names a parameter that the flow does not declare`, `Its parameters are: ${names}`);
  }
  // These may still come from a run that is resumed, in which the pack was another.
  const foreign = root === "node" && !nodes.has(name)
    ? `names node "${name}", which no flow has`
    : root === "vars" && !variables.has(name)
    ? `names variable "${name}", which no flow sets`
    : undefined;
  if (foreign === undefined) return;
  report.warning("template.missing", `Template {{${text}}} at ${field} ${foreign}`, { node: node.id });
}
