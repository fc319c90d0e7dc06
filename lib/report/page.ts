/**
 * A report as one HTML file that needs nothing else: style, data and the code that shows them. The data are JSON in
 * elements that no browser runs; a policy allows the one style and the one script by their digests, and nothing else.
 */

import type { ReportModel } from "./model.ts";
import { STYLE } from "./style.ts";
import { VIEWER_CODE } from "./viewer_code.ts";

/** What every report begins with. */
export const REPORT_MARK = "<!doctype html>\n<!-- A run report of greentic-runner -->\n";

/** The page of a report. */
export async function reportPage({ document, values }: ReportModel): Promise<string> {
  const policy = [
    "default-src 'none'",
    `script-src '${await source(VIEWER_CODE)}'`,
    `style-src '${await source(STYLE)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return [
    `${REPORT_MARK}<html lang="en">`,
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    "<title>Run report</title>",
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    "<noscript>This report shows itself with JavaScript. The same facts stand in run.json and transcript.jsonl.</noscript>",
    `<script type="application/json" id="report-document">${inert(JSON.stringify(document))}</script>`,
    `<script type="application/json" id="report-values">${inert(values.join("\n"))}</script>`,
    `<script>${VIEWER_CODE}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** JSON that no parser of HTML or JavaScript takes for anything else; a parser of JSON reads the same. */
function inert(json: string): string {
  return json.replace(/[<\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The name of a style or script in a policy. */
async function source(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}
