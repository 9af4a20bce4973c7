// The pages work without this file. It copies, previews events at once, tells times in the reader's zone, reads out
// what has happened, keeps a form from being sent twice and takes "/" to the search.
const root = document.getElementById("sidehook") ?? document.documentElement;
root.classList.add("with-script");

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
// Told to the service, so that the next page comes with the right times and nothing moves.
const { pathname } = new URL(root.dataset.base, location.href);
document.cookie = `sidehook_zone=${zone}; Path=${pathname}; SameSite=Lax; Max-Age=31536000`;

document.addEventListener("DOMContentLoaded", () => {
  if (root.dataset.zone !== zone) showOwnTimes();
  for (const notice of document.querySelectorAll("[data-announce]")) announce(notice.textContent);
  for (const current of root.querySelectorAll("nav [aria-current]")) {
    current.scrollIntoView({ inline: "center", block: "nearest" });
  }
  document.getElementById("event")?.addEventListener("change", (event) => void showEvent(event.target));
  for (const input of document.querySelectorAll("[data-narrows]")) {
    input.addEventListener("input", () => narrow(input));
  }
});

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest("[data-copy]");
  if (button) void copy(button);
  const all = event.target.closest("[data-ticks]");
  if (all) for (const box of document.querySelectorAll(all.dataset.ticks)) box.checked = all.checked;
});

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (key !== "/" || ctrlKey || metaKey || altKey || target.closest("input, select, textarea")) return;
  const search = root.querySelector("input[type=search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// A second click while the first is under way; the service would not do it twice either, but would say so.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent === "yes") event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

/** Into a region that is there already, a moment later: only then is it read out. */
function announce(text) {
  const region = document.getElementById("announcements");
  if (region) setTimeout(() => (region.textContent = text), 200);
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  announce(button.dataset.copied);
  setTimeout(() => (button.textContent = label), 1500);
}

function showOwnTimes() {
  const two = "2-digit";
  const date = { year: "numeric", month: "short", day: "numeric" };
  const style = { ...date, hour: two, minute: two, second: two, timeZoneName: "short" };
  const format = new Intl.DateTimeFormat(root.lang, style);
  for (const time of document.querySelectorAll("time[data-exact]")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
  for (const time of document.querySelectorAll("time[data-relative]")) {
    time.title = format.format(new Date(time.dateTime));
  }
}

/** Hides the choices none of whose names holds what is typed; groups without any go too. */
function narrow(input) {
  const wanted = input.value.toLowerCase();
  for (const group of document.querySelectorAll(input.dataset.narrows)) {
    let isAny = false;
    for (const choice of group.querySelectorAll("label")) {
      choice.hidden = !namesOf(choice).toLowerCase().includes(wanted);
      isAny ||= !choice.hidden;
    }
    group.hidden = !isAny;
  }
}

/** What an event is called here, its type, and its English name where that is another one. */
function namesOf(choice) {
  return [choice.textContent, choice.control.value, choice.dataset.english].join(" ");
}

async function showEvent(select) {
  const panel = document.getElementById("preview");
  if (!panel) return;
  const content = panel.querySelector("[data-preview]");
  const { value } = select;
  const details = value === "" || value === "*" ? null : await loadDetails(panel.dataset.source + value);
  if (select.value !== value) return; // another one was chosen meanwhile
  panel.querySelector("h2").textContent = select.selectedOptions[0].textContent;
  content.replaceChildren(details ?? panel.dataset.empty);
}

async function loadDetails(address) {
  // oxlint-disable-next-line no-restricted-globals -- runs in the browser, and asks for a page of ours
  const response = await fetch(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const details = page.querySelector("[data-event-type]");
  // On its own page they are the page; beside a form they are long.
  for (const fields of details?.querySelectorAll(".fields") ?? []) fields.open = false;
  return details;
}
