/* oxlint-disable jsx-a11y/no-redundant-roles, jsx-a11y/no-interactive-element-to-noninteractive-role --
   a browser forgets the roles of a table as soon as its style changes how rows and cells are laid out */
import type { Child } from "hono/jsx";

/** A table that becomes a list of cards on narrow screens; the first cell of a row names it. */
export function Table({
  caption,
  columns,
  rows,
}: {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly Child[])[];
}) {
  return (
    <table role="table" class="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th role="columnheader" scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((cells) => (
          <TableRow columns={columns} cells={cells} />
        ))}
      </tbody>
    </table>
  );
}

function TableRow({ columns, cells }: { columns: readonly string[]; cells: readonly Child[] }) {
  const [first, ...rest] = cells;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {first}
      </th>
      {rest.map((cell, index) => (
        <td role="cell" data-label={columns[index + 1]}>
          {cell}
        </td>
      ))}
    </tr>
  );
}

/** Names and values, such as the settings of a webhook. */
export function Facts({
  facts,
  ...rest
}: {
  facts: readonly (readonly [string, Child])[];
  /** `sums`: numbers that stand beneath each other. */
  class?: "sums";
}) {
  return (
    <dl class={`facts ${rest.class ?? ""}`.trim()}>
      {facts.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
