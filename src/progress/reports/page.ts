import { duration, plural } from '../format.ts';
import type { ReportDocument } from './document.ts';
import { html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';
import { type Table, tablesOf } from './tables.ts';
import { timeline } from './timeline.ts';
import { treemap } from './treemap.ts';

/**
 * The report as one page that needs nothing else: no script, no font, no picture from anywhere. Its policy forbids the
 * browser whatever a hostile name might ask for, besides that all names are escaped.
 */
export function htmlReport(document: ReportDocument): string {
  const { times, bytes, rest } = tablesOf(document);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${document.tool}">
<link rel="icon" href="data:,">
<title>${document.command}: ${document.verdict}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="kind">${document.tool} · ${document.command}</p>
<h1>${badge(document)} ${document.verdict}</h1>
${facts(document)}
</header>
<main>
${trouble(document)}
${losses(document)}
${section('Times', [figure(timeline(document), legendOfTimes(document)), ...times.map(table)])}
${document.images === undefined ? undefined : section('Sizes', [figure(treemap(document.images), legendOfSizes()), ...bytes.map(table)])}
${rest.length === 0 ? undefined : section('Resources', rest.map(table))}
${notes(document)}
</main>
<footer>${document.startedAt} to ${document.endedAt}, ${duration(document.record.seconds)} of work</footer>
</body>
</html>
`;
  return page.text;
}

/** A word and a sign beside the colour. */
function badge({ ending, losses }: ReportDocument): Markup {
  if (ending !== 'done') return html`<span class="badge failed">✗ ${ending}</span>`;
  if (losses.length > 0)
    return html`<span class="badge lossy">! ${plural(losses.length, 'loss', 'losses')}</span>`;
  return html`<span class="badge done">✓ done</span>`;
}

function facts({ facts }: ReportDocument): Markup {
  return html`<dl>${facts.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`;
}

function trouble({ error }: ReportDocument): Markup | undefined {
  if (error.length === 0) return undefined;
  return section('What ended it', [
    html`<ul class="trouble">${error.map(line => html`<li>${line}</li>`)}</ul>`,
  ]);
}

function losses({ losses }: ReportDocument): Markup | undefined {
  if (losses.length === 0) return undefined;
  const items = losses.map(({ subject, reason, usedBy = [] }) => {
    const users = usedBy.length === 0 ? undefined : html`<br><small>used by ${usedBy.join(', ')}</small>`;
    return html`<li><strong>${subject}</strong><br>${reason}${users}</li>`;
  });
  return section('Lost', [html`<ul class="losses">${items}</ul>`]);
}

function notes({ notes }: ReportDocument): Markup | undefined {
  if (notes.length === 0) return undefined;
  return section('Notes', [html`<ul>${notes.map(note => html`<li>${note}</li>`)}</ul>`]);
}

function section(title: string, content: readonly Markup[]): Markup {
  return html`<section><h2>${title}</h2>
${content}
</section>`;
}

function figure(picture: Markup, legend: Markup): Markup {
  return html`<figure>${picture}<figcaption>${legend}</figcaption></figure>
`;
}

function legendOfTimes({ record }: ReportDocument): Markup {
  if (record.waves.length === 0) return html`<span class="key phase"></span> phase`;
  return html`<span class="key phase"></span> phase <span class="key wave"></span> wave <span class="key wait"></span> of it, the longest wait`;
}

function legendOfSizes(): Markup {
  return html`An area is as large as the layers that it stands for. <span class="key shared"></span> needed by several, counted once`;
}

function table({ title, note, columns, rows, numbers }: Table): Markup {
  const kind = (column: number) => (numbers.includes(column) ? 'number' : 'text');
  const head = columns.map((name, column) => html`<th scope="col" class="${kind(column)}">${name}</th>`);
  const body = rows.map(
    row => html`<tr>${row.map((cell, column) => html`<td class="${kind(column)}">${cell}</td>`)}</tr>
`,
  );
  return html`<div class="scroll"><table><caption>${title}${note === undefined ? undefined : html`<br><small>${note}</small>`}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>
`;
}
