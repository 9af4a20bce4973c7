// Lists and single things that still change are kept up to date: the page is asked for again, and the part of it that is
// marked takes the place of the one that is shown. Nobody watches for ever: it ends when nobody moves a hand.
const isInWordPress = root.id === "sidehook";
const liveEveryMs = isInWordPress ? 10_000 : 3_000;
const longestWaitMs = 60_000;
const patienceMs = 15 * 60_000;

const live = { isOn: true, timer: 0, waitMs: liveEveryMs, touchedAt: performance.now(), saidAt: -Infinity };

document.addEventListener("DOMContentLoaded", () => {
  if (!document.querySelector("[data-live]")) return;
  for (const event of ["pointermove", "keydown", "scroll"])
    addEventListener(event, stayAwake, { passive: true });
  document.addEventListener("visibilitychange", lookSoon);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-live-switch]");
    if (button) switchLive(!live.isOn);
  });
  lookSoon();
});

function switchLive(isOn) {
  live.isOn = isOn;
  live.waitMs = liveEveryMs;
  for (const button of document.querySelectorAll("[data-live-switch]")) {
    button.setAttribute("aria-pressed", String(isOn));
  }
  lookSoon();
}

function stayAwake() {
  const wasAsleep = performance.now() - live.touchedAt > patienceMs;
  live.touchedAt = performance.now();
  if (wasAsleep) lookSoon();
}

function lookSoon() {
  clearTimeout(live.timer);
  const isWatched = !document.hidden && performance.now() - live.touchedAt < patienceMs;
  if (live.isOn && isWatched) live.timer = setTimeout(() => void look(), live.waitMs);
}

async function look() {
  const page = await askAgain().catch(() => null);
  if (page) {
    live.waitMs = liveEveryMs;
    for (const part of document.querySelectorAll("[data-live]")) {
      const newer = page.getElementById(part.id);
      if (isBusy(part)) continue;
      // It has come to its end, and what can be done with it is another thing now.
      if (!newer) return location.replace(withoutNotice(location.href));
      exchange(part, newer);
    }
  } else live.waitMs = Math.min(longestWaitMs, live.waitMs * 2);
  lookSoon();
}

/** Null where there is none such now: signed out, or the service starts anew. */
async function askAgain() {
  // oxlint-disable-next-line no-restricted-globals -- runs in the browser, and asks for this page itself
  const response = await fetch(withoutNotice(location.href), { redirect: "error" });
  if (!response.ok || !response.headers.get("content-type")?.startsWith("text/html")) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** What the last action did need not be said again. */
function withoutNotice(address) {
  const url = new URL(address);
  url.searchParams.delete("notice");
  return url;
}

function exchange(part, newer) {
  const known = new Set(keysOf(part).map(([key]) => key));
  const folds = new Map(foldsOf(part).map(([key, details]) => [key, details.open]));
  const focused = part.contains(document.activeElement) ? pathOf(document.activeElement) : null;
  part.replaceChildren(...newer.childNodes);
  for (const [key, details] of foldsOf(part)) details.open = folds.get(key) ?? details.open;
  if (root.dataset.zone !== zone) showOwnTimes();
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
  if (known.size > 0) markNew(part, known);
}

/** Somebody marks a text, or fills in a field. */
function isBusy(part) {
  const selection = getSelection();
  const isMarking = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  return isMarking || Boolean(part.querySelector("input:focus, textarea:focus, select:focus"));
}

/** What can be folded, by its id or its place in what has one. */
function foldsOf(part) {
  return [...part.querySelectorAll("details")].map((details) => {
    const outer = details.closest("details[id]") ?? part;
    return [`${outer.id} ${[...outer.querySelectorAll("details")].indexOf(details)}`, details];
  });
}

/** Rows and requests by what they lead to. */
function keysOf(part) {
  const rows = [...part.querySelectorAll("tbody tr")].map((row) => [row.querySelector("a")?.href, row]);
  const panels = [...part.querySelectorAll("details[id]")].map((panel) => [panel.id, panel]);
  return [...rows, ...panels];
}

function markNew(part, known) {
  const fresh = keysOf(part).filter(([key]) => key && !known.has(key));
  for (const [, element] of fresh) element.classList.add("fresh");
  const isTime = performance.now() - live.saidAt > 15_000;
  if (fresh.length === 0 || !isTime) return;
  live.saidAt = performance.now();
  announce(part.dataset.changed);
}

/** A way to the same link or button after the exchange. */
function pathOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element instanceof HTMLAnchorElement) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  const details = element.closest("details[id]");
  return details && element.tagName === "SUMMARY" ? `#${CSS.escape(details.id)} > summary` : null;
}

// On paper nothing is folded.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.folded = "";
  }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-folded]")) {
    details.open = false;
    delete details.dataset.folded;
  }
});
