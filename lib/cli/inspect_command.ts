/** `inspect PACK`: tells what a pack or a bare component contains, or draws one of its flows. */

import { requirePermissions } from "../base/permission.ts";
import { inspectNeeds } from "../command_needs.ts";
import {
  type ComponentInspection,
  flowChart,
  inspectionJson,
  inspectPack,
  type PackInspection,
} from "../inspect.ts";
import type { FlowInspection } from "../inspect_flow.ts";
import { PackRefused } from "../pack/verify.ts";
import { openingNeeds } from "../run_touches.ts";
import type { InspectCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { permittedInput } from "./pack_input.ts";
import { type CommandIo, count, findingLines, jsonText, verdictRows, visible } from "./print.ts";
import { table } from "./table.ts";
import { stepTeller } from "./steps.ts";

/** Carries out the command and gives the exit code. */
export async function inspectCommand(command: InspectCommand, io: CommandIo): Promise<number> {
  const { pack, json, mermaid } = command;
  const options = { ...command.options, progress: stepTeller(io), signal: io.interrupt };
  const needs = mermaid === null ? inspectNeeds : openingNeeds;
  const source = await permittedInput(pack, options, {
    io,
    check: async (source) => requirePermissions(await needs(source, options)),
  });
  try {
    if (mermaid !== null) io.stdout(visible(await flowChart(source, mermaid, options), true));
    else {
      const inspection = await inspectPack(source, options);
      io.stdout(json ? jsonText(inspectionJson(inspection)) : text(inspection, io.terminal.dataColumns()));
    }
    return EXIT.ok;
  } catch (error) {
    // A refused pack is shown as far as it was checked.
    if (error instanceof PackRefused) {
      for (const line of verdictRows(error.verdicts, io.terminal.talkColumns())) {
        io.stderr(`${visible(line)}\n`);
      }
    }
    throw error;
  }
}

/** The inspection in words, its tables of no more than a number of columns. */
function text(inspection: PackInspection, columns: number): string {
  // Everything below a title is set in.
  const inner = columns - INDENT.length;
  const { id, version, name, kind, layout, digest, verdicts, flows, components, providers } = inspection;
  const title = `${id} ${version}${name === null || name === id ? "" : `  "${name}"`}`;
  const facts = [["layout", layout], ["kind", kind ?? "-"], ["digest", digest]];
  const sections: [title: string, lines: string[]][] = [
    ["", [title]],
    ["", table([...facts, ["files", String(inspection.entries.length)]], columns)],
    ["verification", verdictRows(verdicts, inner)],
    ["flows", flows.flatMap((flow) => flowLines(flow, inspection.entryFlows, inner))],
    ["components", components.flatMap((component) => componentLines(component, inner))],
    ["providers", table(providers.map(({ type, component }) => [type, `-> ${component}`]), inner)],
    [
      "secrets",
      table(
        inspection.secrets.map(({ key, required, description }) => [
          key,
          required ? "required" : "optional",
          description ?? "",
        ]),
        inner,
      ),
    ],
    ["hosts", [...inspection.hosts]],
    ["findings", inspection.findings.flatMap(findingLines)],
  ];
  return sections.filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => title === "" ? lines : [`${title}:`, ...indent(lines)])
    .map((lines) => `${lines.map((line) => visible(line)).join("\n")}\n`)
    .join("\n");
}

function flowLines(flow: FlowInspection, entryFlows: readonly string[], columns: number): string[] {
  const entry = entryFlows[0] === flow.id ? ", entry" : "";
  if (flow.kind === null) return [`${flow.id} (cannot run, see findings)`];
  return [
    `${flow.id} (${flow.kind}${entry}), starts at ${flow.start}`,
    ...indent(table(
      flow.nodes.map(({ id, component, target, operation, routing }) => [
        id,
        [component, target, operation].filter((word) => word !== null).join(" "),
        routing,
      ]),
      columns - INDENT.length,
    )),
  ];
}

function componentLines(component: ComponentInspection, columns: number): string[] {
  const { id, version, origin, entry, size, digest, pinned, pinnedBy, worlds, imports, problem } = component;
  const from = origin === "pack" ? "" : `, named by --components-${origin}`;
  const rows: [string, string | null][] = [
    ["file", `${entry}, ${size === null ? "absent" : count(size, "byte")}${from}`],
    ["digest", digest],
    ["pinned", pinned === null ? null : `${pinned}, by the ${pinnedBy}`],
    ["reference", component.reference],
    ["world", worlds.join(", ") || "-"],
    ["imports", imports.join(", ") || null],
    ["operations", component.operations.join(", ") || null],
    ["may use", component.capabilities.join(", ") || null],
    ["problem", problem],
  ];
  return [
    `${id}${version === null ? "" : ` ${version}`}`,
    ...indent(
      table(rows.filter((row): row is [string, string] => row[1] !== null), columns - INDENT.length),
    ),
  ];
}

/** What stands before lines that belong to one above them. */
const INDENT = "  ";

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => INDENT + line);
}
