/** What an examination finds of the state that components may keep, and of the folders that guests are given. Never writes. */

import { member } from "./base/json.ts";
import { isGranted } from "./base/permission.ts";
import { type DoctorFinding, faultsOf } from "./doctor_finding.ts";
import { openHostTree } from "./host/files/host_tree.ts";
import { StateFile } from "./host/state/sqlite_file.ts";
import { hostWish } from "./inspect_wants.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Pack } from "./pack/pack.ts";

/** What components may do with state, and the file that keeps it. */
export async function examineState(
  { components }: Pack,
  used: ReadonlySet<string>,
  { state: { file }, mocks }: ResolvedOptions,
): Promise<DoctorFinding[]> {
  const stored = file === null || mocks.state && mocks.kv ? null : file;
  const kept = file === null || mocks.state ? "in memory, for this run" : `in ${file}`;
  const told = components.filter(({ id }) => used.has(id)).flatMap(
    ({ id, entry, record }): DoctorFinding[] => {
      const wish = hostWish(record, "state");
      const may = ["read", "write"].filter((name) => member(wish, name) === true);
      if (may.length === 0) return [];
      const message = `Component ${id} may ${may.join(" and ")} state, which is kept ${kept}`;
      return [{ severity: "info", subject: "state", code: "state.used", message, place: entry }];
    },
  );
  if (stored === null || !(["read", "write"] as const).every((name) => isGranted({ name, path: stored }))) {
    return told;
  }
  return [...await faultsOf("state", () => new StateFile(stored).check()), ...told];
}

/** What is wrong with the folders that guests are given. */
export async function examineFolders({ wasi: { dirs } }: ResolvedOptions): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for (const { host, readOnly } of dirs) {
    if (!isGranted({ name: "read", path: host })) continue;
    findings.push(...await faultsOf("files", () => openHostTree(host, { readOnly })));
  }
  return findings;
}
