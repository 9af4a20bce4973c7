import { eventGroups } from "../libs/events/src/index.ts";
import { commands } from "../apps/sidecar/src/commands.ts";
import { settings } from "../apps/sidecar/src/settings.ts";
import { code, table } from "./markdown.ts";

/** Every setting of the service. */
export function settingsTable(): string {
  return table(
    ["name", "default", "meaning"],
    Object.values(settings).map(({ name, defaultText, meaning }) => [
      code(name),
      defaultText === "" ? "empty" : code(defaultText),
      meaning,
    ]),
  );
}

/** Every command of the service's program. */
export function commandsTable(): string {
  return table(
    ["command", "what it does"],
    Object.values(commands).map(({ usage, summary }) => [code(`sidehook ${usage}`), summary]),
  );
}

/** Every event type of the catalog, a row for each group. */
export function eventsTable(): string {
  return table(
    ["group", "event types"],
    eventGroups.map(({ name, eventTypes }) => [name, eventTypes.map(({ type }) => code(type)).join(", ")]),
  );
}
