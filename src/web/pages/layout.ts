/** What all pages have: a head, the ways to the others, and tables. Values are escaped by the template, whatever they hold. */

import { stripVTControlCharacters } from "node:util";
import { html } from "hono/html";

export type Html = ReturnType<typeof html>;

export interface PageOptions {
  readonly title: string;
  readonly status?: number;
  /** Whether the browser asks for it again every few seconds. */
  readonly isLive?: boolean;
}

const refreshSeconds = 5;

export async function page(
  { title, status = 200, isLive = false }: PageOptions,
  body: Html,
): Promise<Response> {
  const text = await html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title} · queuectl</title>
        <link rel="stylesheet" href="/style.css">
      </head>
      <body>
        <nav aria-label="Pages">
          <a href="/">Overview</a> <a href="/jobs">Jobs</a> <a href="/dead-letters">Dead letters</a>
        </nav>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
        ${isLive
          ? html`
            <footer>Renewed every ${refreshSeconds} s. <a href="?live=no">Stop that</a></footer>
          `
          : ""}
      </body>
    </html>
  `;
  return new Response(String(text), {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      ...(isLive ? { refresh: String(refreshSeconds) } : {}),
    },
  });
}

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Html | string | number;
  readonly isNumber?: boolean;
}

export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const cell = (row: Row) => ({ cell, isNumber }: Column<Row>) =>
    isNumber
      ? html`
        <td class="number">${cell(row)}</td>
      `
      : html`
        <td>${cell(row)}</td>
      `;
  return html`
    <div class="scroll" role="region" aria-label="${caption}" tabindex="0">
      <table>
        <caption>${caption}</caption>
        <thead><tr>${columns.map(({ title }) =>
          html`
            <th scope="col">${title}</th>
          `
        )}</tr></thead>
        <tbody>${rows.map((row) =>
          html`
            <tr>${columns.map(cell(row))}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

/** Names and values, one below the other; those without a value are left out. */
export function facts(pairs: readonly (readonly [string, Html | string | number | null])[]): Html {
  return html`
    <dl>${pairs.filter(([, value]) => value !== null).map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )}</dl>
  `;
}

export function jobLink(id: string): Html {
  return html`
    <a href="/jobs/${encodeURIComponent(id)}">${id}</a>
  `;
}

/** An instant in UTC, to the second. */
export function timeOf(iso: string | null): Html | string {
  if (iso === null) return "-";
  return html`
    <time datetime="${iso}">${`${iso.slice(0, 19).replace("T", " ")}Z`}</time>
  `;
}

/** Output as text: without what would move a cursor or colour a terminal. */
export function plain(output: string): string {
  return stripVTControlCharacters(output);
}
