import { failureClasses, type FailureClass } from "@sidehook/delivery";
import type { Child } from "hono/jsx";
import { useView } from "../view.ts";
import { describe } from "./form.tsx";
import { SelectFilter } from "./filters.tsx";

const hourMs = 3_600_000;
const lengths = { "1h": hourMs, "24h": 24 * hourMs, "7d": 7 * 24 * hourMs } as const;

/** How far back a list goes. */
export type Since = keyof typeof lengths;

/** A value that is none of those there are is no filter. */
export function readSince(text: string | undefined): Since | "" {
  return text !== undefined && Object.hasOwn(lengths, text) ? (text as Since) : "";
}

export function startOf(since: Since | "", now: Date): Date | undefined {
  return since === "" ? undefined : new Date(now.getTime() - lengths[since]);
}

/** Looks for what happened to whom. */
export function SearchFilter({ value }: { value: string }) {
  const { t } = useView();
  const hint = t("search.hint");
  return (
    <div class="field wide">
      <label for="q">{t("search.label")}</label>
      <input
        {...describe("q", { hint })}
        type="search"
        name="q"
        value={value}
        placeholder="robin@example.com"
        maxlength={200}
      />
      <p class="hint" id="q-hint">
        {hint}
      </p>
    </div>
  );
}

/** What narrows a list down further: folded on a narrow screen, so that the list itself is in sight. */
export function MoreFilters({ isOpen, children }: { isOpen: boolean; children: Child }) {
  const { t } = useView();
  return (
    <details class="more-filters" open={isOpen}>
      <summary>{t("filter.more")}</summary>
      <div class="filters">{children}</div>
    </details>
  );
}

export function SinceFilter({ since }: { since: Since | "" }) {
  const { t } = useView();
  return (
    <SelectFilter name="since" label={t("filter.since")} all={t("filter.allTimes")}>
      {(Object.keys(lengths) as Since[]).map((each) => (
        <option value={each} selected={each === since}>
          {t(`filter.since.${each}`)}
        </option>
      ))}
    </SelectFilter>
  );
}

export function CauseFilter({ cause }: { cause: FailureClass | "" }) {
  const { t } = useView();
  return (
    <SelectFilter name="cause" label={t("issue.cause")} all={t("filter.allCauses")}>
      {failureClasses.map((each) => (
        <option value={each} selected={each === cause}>
          {t(`failure.${each}.short`)}
        </option>
      ))}
    </SelectFilter>
  );
}
