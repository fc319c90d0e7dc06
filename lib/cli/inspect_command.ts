/** `inspect PACK`: tells what a pack contains. */

import { requirePermissions } from "../base/permission.ts";
import type { Verdict } from "../base/verdict.ts";
import { type FlowInspection, inspectionJson, inspectPack, type PackInspection } from "../inspect.ts";
import { PackRefused } from "../pack/verify.ts";
import type { InspectCommand } from "./args.ts";
import { EXIT } from "./exit_codes.ts";
import { type CommandIo, count, jsonText, table, visible } from "./print.ts";

/** Carries out the command and gives the exit code. */
export async function inspectCommand(
  { pack, json, options }: InspectCommand,
  io: CommandIo,
): Promise<number> {
  requirePermissions([{ name: "read", path: pack }]);
  try {
    const inspection = await inspectPack(pack, { ...options, signal: io.interrupt });
    io.stdout(json ? jsonText(inspectionJson(inspection)) : text(inspection));
    return EXIT.ok;
  } catch (error) {
    // A refused pack is shown as far as it was checked.
    if (error instanceof PackRefused) {
      for (const line of verdictRows(error.verdicts)) io.stderr(`${visible(line)}\n`);
    }
    throw error;
  }
}

function text(inspection: PackInspection): string {
  const { id, version, name, kind, layout, digest, verdicts, flows, components, providers, secrets } =
    inspection;
  const sections: [title: string, lines: string[]][] = [
    ["", [`${id} ${version}${name === null || name === id ? "" : `  "${name}"`}`]],
    [
      "",
      table([["layout", layout], ["kind", kind ?? "-"], ["digest", digest], [
        "files",
        String(inspection.entries.length),
      ]]),
    ],
    ["verification", verdictRows(verdicts)],
    ["flows", flows.flatMap((flow) => flowLines(flow, inspection.entryFlows))],
    [
      "components",
      components.flatMap((component) => [
        `${component.id}${component.version === null ? "" : ` ${component.version}`}`,
        ...indent(table([
          [
            "file",
            `${component.entry}, ${component.size === null ? "absent" : count(component.size, "byte")}`,
          ],
          ...(component.digest === null ? [] : [["digest", component.digest]]),
          ["world", component.worlds.join(", ") || "-"],
          ...(component.imports.length === 0 ? [] : [["imports", component.imports.join(", ")]]),
          ...(component.problem === null ? [] : [["problem", component.problem]]),
        ])),
      ]),
    ],
    ["providers", table(providers.map(({ type, component }) => [type, `-> ${component}`]))],
    ["secrets", [...secrets]],
    [
      "findings",
      inspection.findings.map(({ severity, code, message, place, hint }) =>
        `${severity}[${code}]: ${message}${place === undefined ? "" : ` (${place})`}${
          hint === undefined ? "" : `. ${hint}`
        }`
      ),
    ],
  ];
  return sections.filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => title === "" ? lines : [`${title}:`, ...indent(lines)])
    .map((lines) => `${lines.map((line) => visible(line)).join("\n")}\n`)
    .join("\n");
}

function flowLines(flow: FlowInspection, entryFlows: readonly string[]): string[] {
  const entry = entryFlows[0] === flow.id ? ", entry" : "";
  if (flow.kind === null) return [`${flow.id} (cannot run, see findings)`];
  return [
    `${flow.id} (${flow.kind}${entry}), starts at ${flow.start}`,
    ...indent(table(flow.nodes.map(({ id, component, target, routing }) => [
      id,
      target === null ? component : `${component} ${target}`,
      routing,
    ]))),
  ];
}

function verdictRows(verdicts: readonly Verdict[]): string[] {
  return table(verdicts.map(({ check, verdict, place, reason }) => [verdict, check, place, reason]));
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
