import type { Child } from "hono/jsx";
import { useView, type Query } from "../view.ts";

/** How many rows a page of a list has. */
export const pageSize = 50;

/** Links to the next page of a list, and back to its beginning. Filters stay. */
export function Paging({
  path,
  query,
  nextCursor,
}: {
  path: string;
  query: Query;
  nextCursor: string | null;
}) {
  const { t, link } = useView();
  const isFirst = !query["cursor"];
  if (isFirst && nextCursor === null) return null;
  return (
    <nav class="paging" aria-label={t("paging.label")}>
      {!isFirst && <a href={link(path, { ...query, cursor: null })}>{t("paging.first")}</a>}
      {nextCursor !== null && <a href={link(path, { ...query, cursor: nextCursor })}>{t("paging.next")}</a>}
    </nav>
  );
}

/** What a list says while it has no rows: why, and the one next step. */
export function Empty({ title, children }: { title: string; children?: Child }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** The same while filters leave nothing, with the way back to all. */
export function NoMatch({
  title,
  isPartial,
  path,
}: {
  title: string;
  /** Older rows have not been looked through yet. */
  isPartial: boolean;
  path: string;
}) {
  const { t, link } = useView();
  return (
    <Empty title={title}>
      {isPartial && <p>{t("filter.soFar")}</p>}
      <p>
        <a href={link(path)}>{t("filter.clear")}</a>
      </p>
    </Empty>
  );
}
