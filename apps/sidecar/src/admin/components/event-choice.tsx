import { eventGroups, findEventType, type EventGroup, type EventGroupId } from "@sidehook/events";
import { useView } from "../view.ts";
import { eventsOf, type WebhookFormValues } from "../webhook-form-values.ts";
import { eventName, EventOptions, EventTypeDetails } from "./event-type.tsx";
import { describe, Field, TextField } from "./form.tsx";

/** One event by a select, which is what most webhooks want; several, or patterns, behind a fold. */
export function EventChoice({
  values,
  problems,
}: {
  values: WebhookFormValues;
  problems: readonly string[] | undefined;
}) {
  const { t } = useView();
  const hasSeveral = values.events.length > 0 || values.patterns !== "";
  return (
    <>
      <Field id="event" label={t("field.event")} problems={problems}>
        <div class="with-button">
          <select {...describe("event", { problems })} name="event">
            <option value="">{t(hasSeveral ? "event.severalChosen" : "event.choose")}</option>
            <option value="*" selected={values.event === "*"}>
              {t("event.all")}
            </option>
            <EventOptions selected={values.event} />
          </select>
          <button type="submit" name="action" value="show" class="button without-script">
            {t("event.show")}
          </button>
        </div>
      </Field>
      <details class="fold" open={hasSeveral}>
        <summary>{t("event.several")}</summary>
        <p class="hint">{t("event.severalHint")}</p>
        <div class="field with-script-only">
          <label for="event-search">{t("eventTypes.search")}</label>
          <input id="event-search" type="search" autocomplete="off" data-narrows=".boxes" />
        </div>
        <div class="choices">
          {eventGroups.map((group) => (
            <EventBoxes group={group} chosen={values.events} />
          ))}
        </div>
        <TextField
          id="patterns"
          label={t("event.patterns")}
          value={values.patterns}
          hint={t("event.patternsHint")}
          placeholder="payment_*"
        />
      </details>
    </>
  );
}

function EventBoxes({ group, chosen }: { group: EventGroup<EventGroupId>; chosen: readonly string[] }) {
  const { t, language } = useView();
  return (
    <fieldset class="boxes">
      <legend>{t(`eventGroup.${group.id}`)}</legend>
      {group.eventTypes.map(({ type, name }) => (
        <label class="check" data-english={language === "en" ? undefined : name}>
          <input type="checkbox" name="events" value={type} checked={chosen.includes(type)} />
          {eventName(type, t)}
        </label>
      ))}
    </fieldset>
  );
}

/** What the chosen event means and sends. The script fills it anew when another one is chosen. */
export function EventPreview({ values }: { values: WebhookFormValues }) {
  const { t, link } = useView();
  const eventType = eventsOf(values)
    .map(findEventType)
    .find((each) => each !== undefined);
  return (
    <section
      class="panel"
      id="preview"
      aria-label={t("event.preview")}
      data-source={link("/event-types/")}
      data-empty={t("event.previewEmpty")}
    >
      <h2>{eventType ? eventName(eventType.type, t) : t("event.preview")}</h2>
      <div data-preview="">
        {eventType ? (
          <EventTypeDetails eventType={eventType} isFolded />
        ) : (
          <p class="muted">{t("event.previewEmpty")}</p>
        )}
      </div>
    </section>
  );
}
