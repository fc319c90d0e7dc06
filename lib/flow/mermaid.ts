/** A flow as a diagram in Mermaid's text form, as Markdown pages show it. Never trusts a name to be harmless. */

import { jumpOf } from "./callee.ts";
import { type Flow, nodeLabel, type Routing } from "./flow.ts";

/** The flowchart of a flow: a box per node with its id and kind, an arrow per route with its guard. */
export function mermaidChart(flow: Flow): string {
  const names = new Map(Array.from(flow.nodes.keys(), (id, i) => [id, `n${i}`]));
  const lines = ["flowchart TD"];
  const start = names.get(flow.start);
  if (start !== undefined) lines.push(`  start([${quoted(flow.id)}]) --> ${start}`);
  let ends = false;
  for (const { id, kind, routing } of flow.nodes.values()) {
    const label = kind.type === "component" ? kind.component : nodeLabel(kind);
    lines.push(`  ${names.get(id)}[${quoted(label === id ? id : `${id}\n${label}`)}]`);
    const jump = jumpOf(kind);
    if (jump !== undefined) lines.push(...jumpLines(jump, { flow, names, from: names.get(id)! }));
    // A jump does not come back: its routes are those of its failures.
    for (const { guard, to } of jump !== undefined && routing.type === "end" ? [] : arrows(routing)) {
      const target = to === undefined ? undefined : names.get(to);
      ends ||= target === undefined;
      const text = guard === undefined ? "" : `|${quoted(guard)}|`;
      lines.push(`  ${names.get(id)} -->${text} ${target ?? "stop"}`);
    }
  }
  if (ends) lines.push("  stop((end))");
  return `${lines.join("\n")}\n`;
}

/** A jump as a dotted arrow: to the node itself when it is in this flow, else to the name of where it leads. */
function jumpLines(
  { flow: other, node }: { flow?: string; node?: string },
  { flow, names, from }: { flow: Flow; names: ReadonlyMap<string, string>; from: string },
): string[] {
  const here = other === undefined || other === flow.id ? names.get(node ?? flow.start) : undefined;
  if (here !== undefined) return [`  ${from} -.-> ${here}`];
  const where = [other ?? flow.id, node].filter((part) => part !== undefined).join("/");
  return [`  ${from} -.-> ${from}j([${quoted(where)}])`];
}

interface Arrow {
  /** What must hold for the arrow to be taken; nothing when it is the only one. */
  readonly guard?: string;
  /** The node it leads to; none where the flow ends. */
  readonly to?: string;
}

function arrows(routing: Routing): Arrow[] {
  switch (routing.type) {
    case "next":
      return [{ to: routing.to }];
    case "end":
      return [{}];
    case "branch":
      return [
        ...Array.from(routing.onStatus, ([guard, to]) => ({ guard, to })),
        ...(routing.default === undefined ? [] : [{ guard: "else", to: routing.default }]),
      ];
    case "custom":
      return routing.entries.map(({ status, event, condition, to }) => ({
        guard: [status, event, condition?.text].filter((part) => part !== undefined).join(", ") || "else",
        ...(to === undefined ? {} : { to }),
      }));
  }
}

/** A text between quotes. What would end it, or be read as markup, is written as an entity. */
function quoted(text: string): string {
  const safe = text.replace(
    /[^\p{L}\p{N} ._\-=<>!/:,\n]|[<>]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
  return `"${safe.replaceAll("\n", "<br>")}"`;
}
