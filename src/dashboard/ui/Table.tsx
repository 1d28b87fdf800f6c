import type { ReactNode } from "react";

/** A short list with columns. A column without a title holds what can be done. */
export function Table({
  columns,
  children,
  more,
}: {
  columns: readonly string[];
  /** Its rows. */
  children: ReactNode;
  /** Below them. */
  more?: ReactNode;
}) {
  return (
    <div className="table-box">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" key={column}>
                {column === "" ? <span className="hidden">Actions</span> : column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {more}
    </div>
  );
}
