import type { Child } from "hono/jsx";
import { useView } from "../view.ts";

/**
 * A part of a page that the script keeps up to date by asking for the page again; without scripts there is a link that
 * does so. `isLive` false: it will not change any more, or is an older page of a list.
 */
export function Live({ id, isLive, children }: { id: string; isLive: boolean; children: Child }) {
  const { t } = useView();
  if (!isLive) return <>{children}</>;
  return (
    <div class="live" id={`live-${id}`} data-live="" data-changed={t("live.changed")}>
      {children}
    </div>
  );
}

/** Beside the title of a page with such a part: pauses it, or loads the page again. */
export function LiveSwitch({ href }: { href: string }) {
  const { t } = useView();
  return (
    <>
      <button type="button" class="button live-switch" data-live-switch="" aria-pressed="true">
        {t("live.switch")}
      </button>
      <a class="button without-script" href={href}>
        {t("live.refresh")}
      </a>
    </>
  );
}
