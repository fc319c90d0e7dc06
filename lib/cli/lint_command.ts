/** `lint PACK`: tells everything that is wrong with the flows of a pack, a folder or a file. */

import { requirePermissions } from "../base/permission.ts";
import { lintJson, lintPack, type LintReport } from "../lint.ts";
import type { LintCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { openingNeeds } from "../run_touches.ts";
import { permittedInput } from "./pack_input.ts";
import { type CommandIo, count, findingCounts, findingLines, jsonText } from "./print.ts";
import { stepTeller } from "./steps.ts";

/** Carries out the command and gives the exit code. */
export async function lintCommand({ pack, json, options }: LintCommand, io: CommandIo): Promise<number> {
  const source = await permittedInput(pack, options, {
    io,
    check: async (source) => requirePermissions(await openingNeeds(source, options)),
  });
  const report = await lintPack(source, { ...options, progress: stepTeller(io), signal: io.interrupt });
  const { findings } = report;
  io.stdout(
    json ? jsonText(lintJson(report)) : findings.flatMap(findingLines).map((text) => `${text}\n`).join(""),
  );
  const found = findings.length === 0 ? "nothing wrong" : findingCounts(findings);
  io.stderr(`${found}${withinFlows(report)}\n`);
  return report.ok ? EXIT.ok : EXIT.refused;
}

/** The number of flows that were looked at, also those that cannot run; nothing where no flow of any id could be read. */
function withinFlows({ flows, findings }: LintReport): string {
  const looked = new Set([...flows, ...findings.flatMap(({ flow }) => flow ?? [])]).size;
  return looked === 0 && findings.length > 0 ? "" : ` in ${count(looked, "flow")}`;
}
