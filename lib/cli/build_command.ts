/** `build DIR`: builds a pack from a folder, or tells everything that is wrong with its sources. */

import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { JsonObject } from "../base/json.ts";
import { requirePermissions } from "../base/permission.ts";
import { buildNeeds } from "../command_needs.ts";
import { buildPack, type PackBuild } from "../build.ts";
import { BuildError } from "../build_error.ts";
import { SOURCES } from "../build_files.ts";
import type { BuildCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { type CommandIo, count, errorJson, findingLines, jsonText, visible } from "./print.ts";
import { requireOther, writeWhole } from "./write_file.ts";

/** Carries out the command and gives the exit code. */
export async function buildCommand(
  { folder, out, json, options }: BuildCommand,
  io: CommandIo,
): Promise<number> {
  const { signing } = options;
  const key = typeof signing === "string" && signing !== "dev" ? signing : null;
  requirePermissions(await buildNeeds({ folder, out, key }));
  if (out !== null) {
    await requireOther(out, [
      ...(key === null ? [] : [key]),
      ...SOURCES.map((name) => `${folder}/${name}`),
    ]);
  }
  const built = await buildPack(folder, options).catch((error: unknown) => {
    if (error instanceof BuildError) {
      report(error.findings, io);
      if (json) io.stdout(jsonText({ ...errorJson(error), findings: findingsJson(error.findings) }));
    }
    throw error;
  });
  report(built.findings, io);
  if (io.interrupt.aborted) throw new RunnerError("run.cancelled", "Interrupted before the pack was written");
  const path = out ?? `${folder}/dist/${built.id}.gtpack`;
  await writeWhole(path, built.archive);
  if (json) io.stdout(jsonText(buildJson(built, path)));
  const { id, version, layout, archive, flows, components } = built;
  const parts = `${count(flows.length, "flow")}, ${count(components.length, "component")}`;
  io.stderr(
    `${visible(`built ${id} ${version}: ${path}, ${layout} layout, ${parts}, ${archive.length} bytes`)}\n`,
  );
  return EXIT.ok;
}

function report(findings: readonly Finding[], io: CommandIo): void {
  for (const line of findings.flatMap(findingLines)) io.stderr(`${line}\n`);
}

function buildJson({ archive, findings, ...built }: PackBuild, path: string): JsonObject {
  return {
    ...built,
    flows: [...built.flows],
    components: [...built.components],
    path,
    bytes: archive.length,
    findings: findingsJson(findings),
  };
}

function findingsJson(findings: readonly Finding[]): JsonObject[] {
  return findings.map((finding) => ({ ...finding }));
}
