import type { Services } from "../services.ts";
import { textOf } from "./access.ts";

/** A form that is sent twice within this time does what it says once. */
const formLifetimeMs = 24 * 3_600_000;

/** True the first time a form with this `OnceField` is sent: a second click, or a reload, changes nothing again. */
export async function isFirstSending(form: FormData, { store, now }: Services): Promise<boolean> {
  const id = textOf(form, "formId");
  if (id === "") return true;
  return store.useOnce(`form:${id}`, new Date(now().getTime() + formLifetimeMs), now());
}
