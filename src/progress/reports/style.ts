import { Markup } from './markup.ts';

/** One hue a state, dark on light and light on dark; texts have a contrast of 4.5 at least. */
export const STYLE = new Markup(`
:root {
  --paper: #fff; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --raised: #f6f8fa;
  --done: #1a7f37; --lossy: #9a6700; --failed: #cf222e;
  --phase: #57606a; --wave: #0969da; --wait: #fff; --hatch: #0969da;
  --h0: #b6d7ff; --h1: #b7e4c7; --h2: #ffd8a8; --h3: #e5c7f5; --h4: #ffc9d3; --h5: #b8e6e6; --hi: #dde1e6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --ink: #e6edf3; --quiet: #9aa4af; --line: #3d444d; --raised: #161b22;
    --done: #3fb950; --lossy: #d29922; --failed: #ff7b72;
    --phase: #8b949e; --wave: #4c9aff; --wait: #0d1117; --hatch: #4c9aff;
    --h0: #1f4a80; --h1: #1d5a37; --h2: #6b4310; --h3: #553070; --h4: #702a3a; --h5: #1d5757; --hi: #3a424c;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
.kind, footer, small, figcaption, dt { color: var(--quiet); }
.kind { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: .25rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
.badge { font-size: 1rem; padding: .1rem .6rem; border: 2px solid; border-radius: 1rem; white-space: nowrap; }
.done { color: var(--done); } .lossy { color: var(--lossy); } .failed { color: var(--failed); }
dl { margin: 0; } dl div { display: flex; gap: 1rem; } dt { flex: 0 0 6.5rem; } dd { margin: 0; }
ul { padding-left: 1.25rem; } li { margin: .25rem 0; }
.losses li { margin: .6rem 0; } .trouble li:first-child { font-weight: 600; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; display: block; font-size: 12px; }
svg text { fill: var(--ink); } svg .time { fill: var(--quiet); }
.grid { stroke: var(--line); }
.phase { fill: var(--phase); background: var(--phase); } .wave { fill: var(--wave); background: var(--wave); }
rect.wait { fill: url(#wait); stroke: var(--hatch); } .wait-ground { fill: var(--wait); } .wait-line { fill: var(--hatch); }
.tile, .group { fill: var(--hue); stroke: var(--paper); } .group { fill-opacity: .55; } .head { font-weight: 600; }
.is-shared { fill: url(#shared); } .shared-ground { fill: var(--raised); } .shared-line { fill: var(--line); }
.h0 { --hue: var(--h0); } .h1 { --hue: var(--h1); } .h2 { --hue: var(--h2); } .h3 { --hue: var(--h3); }
.h4 { --hue: var(--h4); } .h5 { --hue: var(--h5); } .hi { --hue: var(--hi); } svg { --hue: var(--hi); }
.key { display: inline-block; width: 1.4rem; height: .8rem; margin: 0 .2rem 0 .8rem; border: 1px solid var(--line); }
.key:first-child { margin-left: 0; }
.key.wait { background: repeating-linear-gradient(45deg, var(--hatch) 0 2px, var(--wait) 2px 6px); }
.key.shared { background: repeating-linear-gradient(45deg, var(--line) 0 2px, var(--raised) 2px 6px); }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .92em; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; } caption small { font-weight: 400; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { background: var(--raised); } .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
footer { margin-top: 2rem; font-size: .92em; }
@media print {
  :root {
    --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --raised: #f2f2f2; --wait: #fff; --phase: #57606a;
    --wave: #0969da; --hatch: #0969da; --done: #1a7f37; --lossy: #7a5200; --failed: #b3121d;
    --h0: #b6d7ff; --h1: #b7e4c7; --h2: #ffd8a8; --h3: #e5c7f5; --h4: #ffc9d3; --h5: #b8e6e6; --hi: #dde1e6;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  figure, tr, li { break-inside: avoid; } h2, caption { break-after: avoid; } thead { display: table-header-group; }
  .scroll { overflow: visible; }
}
`);
