// The pages work without this file. It copies, previews events at once, and tells times in the reader's zone.
const root = document.getElementById("sidehook") ?? document.documentElement;
root.classList.add("with-script");

document.addEventListener("DOMContentLoaded", () => {
  for (const time of document.querySelectorAll("time[data-exact]")) showInOwnZone(time);
  document.getElementById("event")?.addEventListener("change", (event) => void showEvent(event.target));
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button) void copy(button);
});

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = label), 1500);
}

function showInOwnZone(time) {
  const style = { dateStyle: "medium", timeStyle: "long" };
  time.textContent = new Intl.DateTimeFormat(root.lang, style).format(new Date(time.dateTime));
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
  return page.querySelector("[data-event-type]");
}
