/**
 * How the page of a report looks, as its style sheet. One accent colour for what can be chosen and for the way that was
 * taken; colours of statuses never without a sign or a word. Long because it is one table of rules.
 */

/** The style sheet. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f7f7f5, #15171b);
  --surface: light-dark(#ffffff, #1c1f24);
  --raised: light-dark(#f1f2f3, #252930);
  --text: light-dark(#1c2025, #e6e8eb);
  --quiet: light-dark(#59616b, #a0a8b3);
  --line: light-dark(#dfe2e6, #31363e);
  --edge: light-dark(#848d98, #76808c);
  --accent: light-dark(#3450c8, #93a8ff);
  --accent-soft: light-dark(#e9edfc, #262e4d);
  --ok: light-dark(#1b7a48, #62cd94);
  --bad: light-dark(#b3261e, #ff8d80);
  --warn: light-dark(#875800, #e6b450);
  --ok-soft: light-dark(#e8f4ed, #1d3026);
  --bad-soft: light-dark(#fcedeb, #3b2322);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --tone: var(--quiet);
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
[data-status] { --tone: var(--quiet); }
[data-status="ok"] { --tone: var(--ok); }
[data-status="error"], [data-status="timed_out"], [data-status="cancelled"], [data-status="denied"] {
  --tone: var(--bad);
}
[data-status="warning"], [data-status="waiting"] { --tone: var(--warn); }

* { box-sizing: border-box; }
[hidden], .print-only { display: none !important; }
html { scroll-padding-top: 4rem; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 88rem; margin: 0 auto; padding: 2rem 2rem 6rem; }
h1, h2, h3, h4, p, dl, dd, ul, pre { margin: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; }
h2 { font-size: 1.15rem; font-weight: 650; margin: 0 0 0.9rem; }
h3 { font-size: 1rem; font-weight: 600; }
h4 { font-size: 0.8rem; font-weight: 600; color: var(--quiet); margin: 0 0 0.4rem; }
h2 .quiet { font-weight: 400; font-size: 0.85rem; margin-left: 0.4rem; }
section { margin-top: 3rem; }
section section { margin-top: 1.25rem; }
code, pre, kbd, .json, .name, .json-text, .json-plain { font-family: var(--mono); }
code { font-size: 0.88em; }
.quiet { color: var(--quiet); font-size: 0.87rem; }
.icon {
  flex: none;
  width: 1rem;
  height: 1rem;
  stroke: var(--tone);
  stroke-width: 1.9;
  stroke-linecap: round;
  stroke-linejoin: round;
  vertical-align: -0.15em;
}
bdi, dd, td, th, .name, .label { unicode-bidi: isolate; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }

button, input {
  font: inherit;
  color: inherit;
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: 7px;
  padding: 0.25rem 0.7rem;
}
input { border-color: var(--edge); }
::placeholder { color: var(--quiet); opacity: 1; }
a { color: var(--accent); text-decoration: none; border-radius: 4px; }
a:hover { text-decoration: underline; }
button { cursor: pointer; font-size: 0.87rem; }
button:hover { border-color: var(--quiet); }
button.link { border: 0; background: none; padding: 0.25rem 0.4rem; color: var(--accent); }
button.link:hover { background: var(--raised); }
kbd {
  border: 1px solid var(--line);
  border-bottom-width: 2px;
  border-radius: 5px;
  padding: 0 0.4rem;
  font-size: 0.8rem;
  background: var(--raised);
}

.top {
  position: sticky;
  top: 0;
  z-index: 5;
  display: flex;
  align-items: center;
  gap: 0.75rem;
  padding: 0.6rem max(2rem, 50vw - 42rem);
  background: var(--surface);
  border-bottom: 1px solid var(--line);
}
.brand { display: flex; align-items: center; gap: 0.5rem; font-weight: 600; flex: 0 1 auto; min-width: 0; max-width: 40%; }
.brand span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.search { flex: 1 1 16rem; display: flex; align-items: center; gap: 0.6rem; min-width: 0; }
.search input { flex: 0 1 26rem; min-width: 0; width: 100%; margin-left: auto; }
.found { color: var(--quiet); font-size: 0.85rem; min-width: 11rem; }

.title .about { color: var(--quiet); margin-top: 0.35rem; }
.verdict { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin-top: 1rem; }
.verdict .icon { width: 1.4rem; height: 1.4rem; }
.verdict strong { color: var(--tone); font-size: 1.1rem; font-weight: 650; }
.verdict strong::first-letter { text-transform: uppercase; }

.trouble { margin-top: 1.25rem; display: grid; gap: 0.9rem; }
.trouble:empty { display: none; }
.card {
  background: var(--surface);
  border: 1px solid var(--line);
  border-left: 4px solid var(--tone);
  border-radius: 8px;
  padding: 1rem 1.25rem;
  display: grid;
  gap: 0.55rem;
  justify-items: start;
}
.card > * { max-width: 100%; }
.ways { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.ways:empty { display: none; }
.card h2 { font-size: 1rem; margin: 0; display: flex; gap: 0.6rem; align-items: flex-start; }
.card h2 .icon { margin-top: 0.25rem; }
.card ul { padding-left: 1.2rem; }
.causes { color: var(--quiet); }
.hint { background: var(--raised); border-radius: 6px; padding: 0.5rem 0.75rem; font-size: 0.92rem; }
.hint strong { font-weight: 600; }
.command {
  background: var(--raised);
  border-radius: 6px;
  padding: 0.6rem 0.8rem;
  font-size: 0.87rem;
  white-space: pre-wrap;
  user-select: all;
}

.facts { display: grid; gap: 0.35rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); }
#run .facts {
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
  grid-auto-flow: dense;
  gap: 0.9rem 2rem;
}
.facts dt { color: var(--quiet); font-size: 0.8rem; }
.facts dd { font-size: 0.92rem; }
.facts .long { grid-column: span 2; }
.facts .long dd { font-size: 0.85rem; }
.contents { display: flex; flex-wrap: wrap; gap: 0.35rem 1rem; margin-top: 1.75rem; font-size: 0.87rem; }

.segments { display: inline-flex; flex-wrap: wrap; gap: 2px; padding: 2px; background: var(--raised); border-radius: 8px; }
.segments button { border-color: transparent; background: none; padding: 0.15rem 0.65rem; color: var(--quiet); }
.segments button[aria-pressed="true"] { background: var(--surface); color: var(--text); border-color: var(--line); }
.chips { display: flex; flex-wrap: wrap; gap: 0.4rem; margin-bottom: 0.75rem; }
.chip { border-radius: 99px; display: inline-flex; gap: 0.35rem; align-items: center; }
.chip[aria-pressed="true"] { background: var(--accent-soft); border-color: var(--accent); color: var(--text); }

.graph > .segments { max-height: 8rem; overflow-y: auto; }
.figure { margin-top: 0.75rem; }
.graph > .figure:first-child { margin-top: 0; }
.figure > .quiet { margin-top: 0.5rem; }
.canvas {
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: 8px;
  overflow: auto;
  max-height: 42rem;
  text-align: center;
}
.canvas svg { display: block; margin: 0 auto; }
.node rect { fill: var(--surface); stroke: var(--tone); stroke-width: 1.5; }
.node[data-status="skipped"] rect { stroke: var(--edge); stroke-dasharray: 5 4; }
.node[data-status="skipped"] text { fill: var(--quiet); }
.node[data-status="error"] rect, .node[data-status="timed_out"] rect, .node[data-status="cancelled"] rect {
  fill: var(--bad-soft);
  stroke-width: 2;
}
.node.jump rect { stroke-dasharray: 2 4; }
.node[role="button"] { cursor: pointer; }
.node[role="button"]:hover rect { fill: var(--raised); }
.node[aria-current] rect { stroke-width: 3; stroke: var(--accent); }
.node:focus-visible { outline: none; }
.node:focus-visible rect { stroke: var(--accent); stroke-width: 3; }
.node.beside { opacity: 0.5; }
.row.beside .name { font-weight: 400; color: var(--quiet); }
.row.beside .bar, .row.beside .icon { opacity: 0.35; }
.node .id { font: 600 13px var(--mono); fill: var(--text); }
.node .of { font: 11px var(--mono); fill: var(--quiet); }
.node .times { font: 600 11px var(--mono); fill: var(--accent); }
.node .mark { stroke: var(--tone); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.node .start { fill: var(--accent); }
.end circle { stroke: var(--quiet); fill: none; }
.end circle + circle { fill: var(--quiet); stroke: none; }
.end.taken circle { stroke: var(--accent); stroke-width: 1.5; }
.end.taken circle + circle { fill: var(--accent); }
.edge { stroke: var(--edge); stroke-width: 1.25; }
.edge.failure { stroke-dasharray: 5 4; }
.edge.jump { stroke-dasharray: 2 4; }
.edge.taken { stroke: var(--accent); stroke-width: 2.25; }
.edge.words { stroke: none; }
.edge.words rect { fill: var(--surface); opacity: 0.92; }
.edge.words text { font: 11px var(--mono); fill: var(--quiet); }
.edge.words.taken text { fill: var(--accent); font-weight: 600; }
.arrow path { fill: var(--edge); }
.arrow.taken path { fill: var(--accent); }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.5rem; margin-top: 0.6rem; }
.legend-entry { display: inline-flex; align-items: center; gap: 0.5rem; }
.swatch { width: 1.6rem; border-top: 2px solid var(--edge); }
.swatch.taken { border-top: 3px solid var(--accent); }
.swatch.failure { border-top-style: dashed; }
.swatch.start { width: 0; border: 5px solid transparent; border-left: 8px solid var(--accent); border-right: 0; }
.swatch.skipped { width: 1.2rem; height: 0.8rem; border: 1.5px dashed var(--quiet); border-radius: 3px; }

.panes { display: grid; grid-template-columns: minmax(0, 1fr) minmax(20rem, 27rem); gap: 1.25rem; align-items: start; }
.timeline, .detail, .panel, .scroll {
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: 8px;
}
.timeline { overflow: hidden; }
.timeline .head {
  display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(7rem, 36%) 5.5rem;
  align-items: center;
  padding: 0.35rem 0.75rem;
  gap: 0.25rem 0;
  border-bottom: 1px solid var(--line);
}
.head .told { font-size: 0.85rem; color: var(--quiet); }
.head .segments { grid-column: 2 / 4; justify-self: end; }
.axis { grid-column: 2; position: relative; height: 1.2rem; font-size: 0.75rem; color: var(--quiet); }
.axis span { position: absolute; top: 0; white-space: nowrap; padding-left: 4px; border-left: 1px solid var(--line); }
.rows { position: relative; overflow-y: auto; max-height: min(64vh, 44rem); outline-offset: -2px; }
.sizer { position: relative; min-height: 30px; }
.row {
  position: absolute;
  left: 0;
  right: 0;
  height: 30px;
  display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(7rem, 36%) 5.5rem;
  align-items: center;
  padding: 0 0.75rem;
  cursor: default;
  contain: strict;
}
.row:hover { background: var(--raised); }
.row[aria-selected="true"] { background: var(--accent-soft); box-shadow: inset 3px 0 0 var(--accent); }
.row .what { display: flex; align-items: center; gap: 0.4rem; min-width: 0; padding-right: 0.75rem; overflow: hidden; }
.row .name, .below .name { font-size: 0.84rem; font-weight: 600; white-space: pre; overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; }
.row .label, .below .label {
  flex: 1 1 0;
  color: var(--quiet);
  font-size: 0.82rem;
  white-space: nowrap;
  overflow: hidden;
  text-overflow: ellipsis;
}
.row .kind { color: var(--quiet); font-size: 0.75rem; flex: none; }
.twisty { flex: none; width: 0.9rem; height: 0.9rem; display: grid; place-items: center; cursor: pointer; }
.twisty::before {
  content: "";
  border: 4px solid transparent;
  border-left: 6px solid var(--quiet);
  margin-left: 4px;
}
.twisty.open::before { transform: rotate(90deg); margin: 4px 2px 0 0; }
.twisty.none { cursor: default; }
.twisty.none::before { display: none; }
.track { position: relative; height: 100%; overflow: hidden; }
.bar {
  position: absolute;
  top: 9px;
  height: 12px;
  min-width: 3px;
  border-radius: 3px;
  background: var(--tone);
  opacity: 0.85;
}
.row[data-kind="flow"] .bar, .row[data-kind="stage"] .bar { top: 12px; height: 6px; opacity: 0.5; }
.row[data-kind="call"] .bar { top: 11px; height: 8px; }
.bar.moment { width: 7px !important; height: 7px; top: 11px; min-width: 0; border-radius: 1px; transform: rotate(45deg); }
.bar.endless { opacity: 0.4; border-right: 3px dotted var(--surface); }
.took { text-align: right; font-size: 0.8rem; color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }

.detail { padding: 1rem 1.25rem; max-height: min(calc(64vh + 4.5rem), 48rem); overflow: auto; position: sticky; top: 4rem; }
.detail header .over { color: var(--quiet); font-size: 0.8rem; }
.detail h3 { display: flex; align-items: flex-start; gap: 0.5rem; font-size: 1.1rem; margin-bottom: 0.75rem; font-family: var(--mono); }
.detail h3 .icon { margin-top: 0.35rem; }
.detail h4 { display: flex; align-items: baseline; justify-content: space-between; }
.copy { font-size: 0.78rem; font-weight: 400; padding: 0 0.3rem; }
.detail .segments { margin-bottom: 0.5rem; }
.error { display: grid; gap: 0.4rem; }
.error code { color: var(--bad); }
.below, .paths { list-style: none; padding: 0; }
.below .link { width: 100%; display: flex; align-items: center; gap: 0.5rem; text-align: left; color: var(--text); }

.panel { padding: 1rem 1.25rem; }
.panel h3 { margin: 1.25rem 0 0.5rem; }
.panel h3:first-child { margin-top: 0; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; }
.json { list-style: none; padding: 0 0 0 1rem; border-left: 1px solid var(--line); font-size: 0.83rem; line-height: 1.6; }
.json-key { color: var(--accent); margin-right: 0.6rem; font-family: var(--mono); }
.json-key::after { content: ":"; color: var(--quiet); }
.json-text, .json-plain { font-size: 0.83rem; }
.json-plain { color: var(--quiet); }
.json-title { color: var(--quiet); font-size: 0.8rem; }
.json-long {
  font-size: 0.8rem;
  white-space: pre-wrap;
  background: var(--raised);
  border-radius: 6px;
  padding: 0.6rem 0.75rem;
  max-height: 26rem;
  overflow: auto;
}
.dense { word-break: break-all; }
.cut > button, .more button { margin-top: 0.35rem; font-family: inherit; font-size: 0.8rem; }
.fold > summary { cursor: pointer; font-size: 0.8rem; color: var(--quiet); list-style: none; }
.fold > summary::-webkit-details-marker { display: none; }
.fold > summary::before {
  content: "";
  display: inline-block;
  border: 4px solid transparent;
  border-left: 6px solid var(--quiet);
  border-right: 0;
  margin: 0 0.45rem 0 0.15rem;
}
.fold[open] > summary::before { transform: rotate(90deg); }
.json .fold, .json .fold > summary { display: inline; }
.panel > .fold { padding: 0.15rem 0; }
.panel > .fold > summary { font-family: var(--mono); color: var(--text); }
.side { border-radius: 5px; padding: 0.1rem 0.5rem; position: relative; padding-left: 1.5rem; margin: 0.1rem 0; overflow: auto; }
.side::before { position: absolute; left: 0.5rem; font-family: var(--mono); font-weight: 700; }
.side[data-change="added"] { background: var(--ok-soft); }
.side[data-change="added"]::before { content: "+"; color: var(--ok); }
.side[data-change="removed"] { background: var(--bad-soft); }
.side[data-change="removed"]::before { content: "−"; color: var(--bad); }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.87rem; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.9rem; font-weight: 400; }
thead th { color: var(--quiet); font-size: 0.8rem; font-weight: 600; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody th { font-weight: 600; min-width: 8rem; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
td.status { white-space: nowrap; }
td.status .icon { margin-right: 0.4rem; }
td:not(.number, .status) { min-width: 7rem; }
td code { word-break: break-all; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.whole { white-space: nowrap; }
.whole code { word-break: normal; }
#limits thead, #environment thead { position: absolute; clip-path: inset(50%); }
#limits tbody, #environment tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0 1.5rem; padding: 0.4rem 0; }
#limits tr, #environment tr { display: flex; justify-content: space-between; }
#limits tr > *, #environment tr > * { border: 0; }
#limits th, #environment th { font-weight: 400; color: var(--quiet); min-width: 0; flex: none; max-width: 60%; }
#environment td { font-size: 0.82rem; min-width: 0; }

.match { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 6px; }
::highlight(found) { background-color: light-dark(#ffe58a, #7a5c00); color: light-dark(#1c2025, #ffffff); }

dialog {
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--surface);
  color: var(--text);
  padding: 1.5rem 1.75rem;
  max-width: 34rem;
}
dialog::backdrop { background: rgb(0 0 0 / 45%); }
.keys { margin-bottom: 1.25rem; }
.keys kbd { margin-right: 0.3rem; white-space: nowrap; }
.keys th { white-space: nowrap; }

@media screen and (max-width: 62rem) {
  .panes { grid-template-columns: minmax(0, 1fr); }
  .detail { position: static; max-height: none; }
  .rows { max-height: 55vh; }
}
@media screen and (max-width: 44rem) {
  html { scroll-padding-top: 6.5rem; }
  main { padding: 1.25rem 1rem 4rem; }
  .top { padding: 0.5rem 1rem; flex-wrap: wrap; gap: 0.5rem; }
  .top kbd { display: none; }
  .search { order: 5; flex: 1 1 100%; flex-wrap: wrap; }
  .search input { flex: 1 1 100%; }
  .brand { flex: 1 1 0; max-width: none; }
  .found { min-width: 0; }
  .found:empty { display: none; }
  h1 { font-size: 1.5rem; }
  .row, .timeline .head { grid-template-columns: minmax(0, 1fr) 4.5rem; }
  .track, .axis, .head .segments { display: none; }
  .row .kind { display: none; }
  .pair { grid-template-columns: 1fr; }
  section:not(#limits, #environment) > .scroll thead { position: absolute; clip-path: inset(50%); }
  section:not(#limits, #environment) > .scroll tr { display: block; padding: 0.5rem 0; }
  section:not(#limits, #environment) > .scroll tr > * { display: flex; gap: 0.75rem; padding: 0.15rem 0.9rem; border: 0; text-align: left; white-space: normal; }
  section:not(#limits, #environment) > .scroll tr > :empty { display: none; }
  section:not(#limits, #environment) > .scroll tr > *::before { content: attr(data-label); flex: 0 0 6.5rem; color: var(--quiet); font-weight: 400; font-size: 0.8rem; }
  section:not(#limits, #environment) > .scroll tr + tr { border-top: 1px solid var(--line); }
  .whole { white-space: normal; }
  td.status .icon { margin-right: 0; }
  #run .facts { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
}
@media (prefers-reduced-motion: no-preference) {
  html { scroll-behavior: smooth; }
}
@media (forced-colors: active) {
  .bar, .swatch, .twisty, .fold > summary, .axis span { forced-color-adjust: none; }
  .twisty::before, .fold > summary::before { border-left-color: CanvasText; }
  .fold > summary { color: CanvasText; }
  .axis span { color: CanvasText; border-left-color: GrayText; }
  [aria-pressed="true"], .row[aria-selected="true"] { outline: 2px solid Highlight; outline-offset: -2px; }
  .segments button[aria-pressed="true"] { border-color: Highlight; }
  .match { outline-color: Highlight; }
  .node .id, .node .of, .edge.words text { fill: CanvasText; }
  .node rect, .edge.words rect { fill: Canvas; }
}
@page { margin: 14mm; }
@media print {
  :root, :root[data-theme] { color-scheme: light; --ground: #ffffff; }
  body { font-size: 10.5pt; }
  main { padding: 0; max-width: none; }
  .print-only { display: block !important; }
  .controls, .panes, #timeline, .cut > button, .more, .legend { display: none !important; }
  section { margin-top: 1.5rem; }
  .card, .canvas, tr, .facts > div { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  .figure[hidden] { display: block !important; }
  .canvas { max-height: none; overflow: visible; border: 0; }
  .figure > p { break-after: avoid; }
  .canvas svg { max-width: 100%; max-height: 14cm; height: auto; }
  .scroll, .json-long { overflow: visible; max-height: none; }
  table { font-size: 9pt; }
  th, td { padding: 0.2rem 0.5rem; }
  td.status, .number, .whole { white-space: normal; }
  .whole { overflow-wrap: normal; }
  td:not(.number, .status) { min-width: 0; }
  td[data-label="Digest"], td[data-label="Why"] { min-width: 13rem; }
  #printed pre { font-size: 8.5pt; white-space: pre-wrap; background: #f4f4f4; padding: 0.5rem; }
  #printed .number, #printed .whole { white-space: nowrap; }
  #printed article { margin-top: 0.9rem; }
  * { print-color-adjust: exact; }
}
`;
