/**
 * What a report hands to the page that shows it: plain data, written once into the page. Only types, the lists that
 * numbers in them stand for, and a size; both sides of the page's border share them.
 *
 * Values of any size stand apart, one JSON text a line, and are parsed when somebody looks at them; here they are
 * numbers of these lines, or -1.
 */

/** What an item of the timeline can be. */
export const KINDS = [
  "stage",
  "flow",
  "node",
  "attempt",
  "call",
  "log",
  "warning",
  "check",
  "jump",
  "wait",
  "resume",
] as const;

/** How an item can end. `open`: nobody wrote down its end. */
export const STATUSES = [
  "ok",
  "error",
  "timed_out",
  "cancelled",
  "denied",
  "waiting",
  "warning",
  "open",
] as const;

/** One of {@linkcode KINDS}. */
export type Kind = typeof KINDS[number];

/** One of {@linkcode STATUSES}. */
export type Status = typeof STATUSES[number];

/**
 * An item of the timeline: numbers at the places of {@linkcode Column}. A parent stands before its children, and these
 * right behind it.
 */
export type Row = readonly number[];

/** The places in a {@linkcode Row}. */
export const Column = {
  /** In {@linkcode KINDS}. */
  kind: 0,
  /** In {@linkcode STATUSES}. */
  status: 1,
  /** The number of the item that it belongs to, or -1. */
  parent: 2,
  /** Milliseconds since the run began. */
  start: 3,
  /** Milliseconds, or -1 when nothing says how long it took. */
  duration: 4,
  /** In the names: what it is called. */
  name: 5,
  /** In the names: what is said beside, cut when it is long; or -1. */
  label: 6,
  /** In the names: the kind or component of a node, the interface and function of a host call; or -1. */
  what: 7,
  /** In the names: the component that a node calls in the end, who answered a host call; or -1. */
  who: 8,
  /** Attempt at a visit of a node, or 0. */
  attempt: 9,
  /** Metered units, or -1. */
  fuel: 10,
  /** Peak of memory in bytes, or -1. */
  memory: 11,
  /** Its first line in the transcript, from 1. */
  firstLine: 12,
  /** Its last line in the transcript. */
  lastLine: 13,
  /** The value that went in. */
  input: 14,
  /** The value that came out. */
  output: 15,
  /** The value that tells what went wrong. */
  error: 16,
  /** The value that lists where secrets were taken out. */
  redactions: 17,
} as const;

/** A failure, of the run or of a node. */
export interface ReportFailure {
  /** The stable code, or that of a component. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** Where it happened, or null. */
  readonly place: string | null;
  /** What helps, or null. */
  readonly hint: string | null;
  /** What is behind it, outermost first. */
  readonly causes: readonly string[];
  /** The value of its details. */
  readonly details: number;
  /** The node, with the calls that led to it; empty for the run itself. */
  readonly node: string;
  /** The item where it shows, or -1. */
  readonly item: number;
  /** Whether a route took it, so that the run went on. */
  readonly handled: boolean;
  /** Names of log files. */
  readonly logs: readonly string[];
}

/** Size of a node of a picture, in pixels. */
export const NODE = { width: 188, height: 54 } as const;

/** A node of a picture. */
export interface PictureNode {
  /** What edges name it by. */
  readonly key: string;
  /** Its id, or what an end or a jump is called. */
  readonly id: string;
  /** What stands under the id. */
  readonly label: string;
  /** `node`; `end` of the flow; `jump`: where a jump leads, outside of the flow. */
  readonly kind: "node" | "end" | "jump";
  /** Whether runs of the flow start here. */
  readonly start: boolean;
  /** Its middle, from the left. */
  readonly x: number;
  /** Its middle, from the top. */
  readonly y: number;
  /** Visits in this run. */
  readonly visits: number;
  /** How its last visit ended; null when it was not visited. */
  readonly status: Status | null;
  /** The item of its last visit that failed, else of its last visit; or -1. */
  readonly item: number;
}

/** An edge of a picture. */
export interface PictureEdge {
  /** The key of the node that it leaves. */
  readonly from: string;
  /** The key of the node that it leads to. */
  readonly to: string;
  /** What leads along it; several guards are several ways. */
  readonly label: string;
  /** Whether it takes what went well, failures, or jumps. */
  readonly kind: "route" | "failure" | "jump";
  /** How often the run took it. */
  readonly taken: number;
  /** The line, as the attribute `d` of an SVG path. */
  readonly line: string;
  /** The middle of its label, from the left. */
  readonly x: number;
  /** The middle of its label, from the top. */
  readonly y: number;
}

/** A flow with the way that the run took. */
export interface Picture {
  /** The id of the flow. */
  readonly flow: string;
  /** Whether the routes were recorded; otherwise only what was visited is shown. */
  readonly recorded: boolean;
  /** What is not shown of a flow that is too large. */
  readonly left: number;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Its nodes. */
  readonly nodes: readonly PictureNode[];
  /** Its edges. */
  readonly edges: readonly PictureEdge[];
}

/** A table: what its columns are called, and its rows. */
export interface ReportTable {
  /** Names of the columns. */
  readonly columns: readonly string[];
  /** The cells of each row. */
  readonly rows: readonly (readonly string[])[];
}

/** Everything that a report shows. */
export interface ReportDocument {
  /** How the run ended; `unfinished` when nothing tells. */
  readonly status: string;
  /** The pack's id and version. */
  readonly pack: string;
  /** The entry flow, empty when none was chosen. */
  readonly flow: string;
  /** RFC 3339 in UTC. */
  readonly startedAt: string;
  /** Milliseconds. */
  readonly durationMs: number;
  /** Name and value of what identifies the run. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What is missing in the record, one sentence each. */
  readonly notes: readonly string[];
  /** What failed, what ended the run first. */
  readonly failures: readonly ReportFailure[];
  /** Why the run waits, what resumes it; null when it does not. */
  readonly waiting: { readonly reason: string; readonly command: string } | null;
  /** The value of the run's output. */
  readonly output: number;
  /** The waits that were answered at once. */
  readonly turns: readonly { readonly reason: string; readonly output: number; readonly input: number }[];
  /** The value that tells what changed in state. */
  readonly state: number;
  /** The nodes with what they cost. */
  readonly nodes: ReportTable;
  /** What verification said. */
  readonly checks: ReportTable;
  /** What is odd. */
  readonly warnings: ReportTable;
  /** The components that were prepared. */
  readonly components: ReportTable;
  /** The limits in force. */
  readonly limits: ReportTable;
  /** Versions of the runner and what it runs on. */
  readonly environment: ReportTable;
  /** Where secrets were taken out. */
  readonly redactions: ReportTable;
  /** The files of logs, with the values of what they say. */
  readonly logs: readonly { readonly name: string; readonly bytes: number; readonly text: number }[];
  /** Texts that items share. */
  readonly names: readonly string[];
  /** The timeline. */
  readonly items: readonly Row[];
  /** The flows. */
  readonly pictures: readonly Picture[];
}
