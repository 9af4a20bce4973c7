import type { Child } from "hono/jsx";
import { useView } from "../view.ts";

/** A form that narrows a list down; what is chosen stands in the address. */
export function Filters({
  path,
  isFiltered,
  children,
}: {
  path: string;
  /** Something is chosen that can be cleared. */
  isFiltered: boolean;
  children: Child;
}) {
  const { t, link } = useView();
  return (
    <form method="get" action={link(path)} class="filters" aria-label={t("filter.label")}>
      <AddressFields path={path} />
      {children}
      <div class="actions">
        <button type="submit" class="button">
          {t("filter.apply")}
        </button>
        {isFiltered && <a href={link(path)}>{t("filter.clear")}</a>}
      </div>
    </form>
  );
}

/** A form with `method="get"` forgets the query of its own address, which inside WordPress names the page. */
export function AddressFields({ path }: { path: string }) {
  const { link } = useView();
  const [, search] = link(path).split("?");
  return (
    <>
      {[...new URLSearchParams(search)].map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

export function SelectFilter({
  name,
  label,
  all,
  children,
}: {
  name: string;
  label: string;
  /** What choosing nothing means. */
  all: string;
  children: Child;
}) {
  return (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <select id={`filter-${name}`} name={name}>
        <option value="">{all}</option>
        {children}
      </select>
    </div>
  );
}
