/**
 * Rows of the same kind. The first column leads to what a row is about; `j` and `k` go from row to row, Enter opens one,
 * `x` selects it, and Shift with a click all from the one before. On a narrow screen each row is a block, with the names of the columns beside the values.
 */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { withBidiShown } from "../format/bidi.ts";
import { useKeys } from "../keys/keys.ts";
import { JobText } from "./job_text.tsx";
import { keysBetween } from "./keys_between.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand right, digit below digit. */
  readonly isNumber?: boolean;
  /** Takes the room that the others leave, and is cut where that is not enough. */
  readonly isWide?: boolean;
}

/** Which rows are chosen, by their keys. */
export interface Selection {
  readonly selected: ReadonlySet<string>;
  readonly onChange: (selected: ReadonlySet<string>) => void;
}

export interface TableProps<Row> {
  /** What the rows are; heard, and not seen. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Tells a row from the others. */
  readonly rowKey: (row: Row) => string;
  /** Where the first column leads. */
  readonly rowUrl?: (row: Row) => string;
  readonly selection?: Selection;
  /** A class for a row; "" for none. */
  readonly rowClass?: (row: Row) => string;
}

export function Table<Row>(
  { caption, columns, rows, rowKey, rowUrl, selection, rowClass = () => "" }: TableProps<Row>,
) {
  // Where a range of rows begins that Shift and a click select.
  const rangeStart = useRef<string | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const step = (by: number) => focusRow(body.current, by);
  useKeys([
    ...(rowUrl === undefined ? [] : [
      { keys: "j", does: "Next row", run: () => step(1) },
      { keys: "k", does: "Previous row", run: () => step(-1) },
    ]),
    ...(selection === undefined
      ? []
      : [{ keys: "x", does: "Select the row", run: () => clickCheckbox(body.current) }]),
  ]);
  return (
    <table class="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {selection !== undefined && (
            <th scope="col" class="cell-select">
              <SelectAll keys={rows.map(rowKey)} selection={selection} />
            </th>
          )}
          {columns.map((column) => (
            <th key={column.title} scope="col" class={classOf(column)}>{column.title}</th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row) => {
          const key = rowKey(row);
          return (
            <tr
              key={key}
              class={`${selection?.selected.has(key) ? "is-selected" : ""} ${rowClass(row)}`.trim()}
            >
              {selection !== undefined && (
                <td class="cell-select">
                  <SelectOne id={key} keys={rows.map(rowKey)} selection={selection} rangeStart={rangeStart} />
                </td>
              )}
              {columns.map((column, index) => (
                <Cell
                  key={column.title}
                  column={column}
                  row={row}
                  url={index === 0 ? rowUrl?.(row) : undefined}
                />
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface CellProps<Row> {
  readonly column: Column<Row>;
  readonly row: Row;
  /** Where it leads; undefined where it does not. */
  readonly url: string | undefined;
}

/** Text is cut where it is too long, and whole in its title. */
function Cell<Row>({ column, row, url }: CellProps<Row>) {
  const content = column.cell(row);
  const isText = typeof content === "string";
  const shown = isText ? <JobText text={content} /> : content;
  return (
    <td
      class={`${classOf(column)} ${isText ? "is-text" : ""}`.trim()}
      data-title={column.title}
      {...(isText && !column.isNumber ? { title: withBidiShown(content) } : {})}
    >
      {url === undefined ? shown : <a class="row-link" href={url}>{shown}</a>}
    </td>
  );
}

function classOf<Row>({ isNumber = false, isWide = false }: Column<Row>): string {
  return [isNumber ? "is-number" : "", isWide ? "is-wide" : ""].join(" ").trim();
}

interface SelectOneProps {
  readonly id: string;
  readonly keys: readonly string[];
  readonly selection: Selection;
  readonly rangeStart: { current: string | null };
}

function SelectOne({ id, keys, selection: { selected, onChange }, rangeStart }: SelectOneProps) {
  return (
    <input
      type="checkbox"
      aria-label={`Select ${id}`}
      checked={selected.has(id)}
      onClick={({ shiftKey }) => {
        const range = shiftKey ? keysBetween(keys, rangeStart.current, id) : [id];
        const changed = new Set(selected);
        const isSelected = !selected.has(id);
        for (const key of range) {
          if (isSelected) changed.add(key);
          else changed.delete(key);
        }
        rangeStart.current = id;
        onChange(changed);
      }}
    />
  );
}

interface SelectAllProps {
  readonly keys: readonly string[];
  readonly selection: Selection;
}

function SelectAll({ keys, selection: { selected, onChange } }: SelectAllProps) {
  const count = keys.filter((key) => selected.has(key)).length;
  const isAll = keys.length > 0 && count === keys.length;
  return (
    <input
      type="checkbox"
      aria-label="Select all on this page"
      checked={isAll}
      indeterminate={count > 0 && !isAll}
      onChange={() => onChange(new Set(isAll ? [] : keys))}
    />
  );
}

function focusRow(body: HTMLElement | null, by: number): void {
  const links = [...body?.querySelectorAll<HTMLElement>("a.row-link") ?? []];
  const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next]?.focus();
}

function clickCheckbox(body: HTMLTableSectionElement | null): void {
  const row = [...body?.rows ?? []].find((each) => each.contains(document.activeElement));
  row?.querySelector<HTMLInputElement>(".cell-select input")?.click();
}
