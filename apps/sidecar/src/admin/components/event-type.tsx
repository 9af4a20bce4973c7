import {
  eventGroups,
  findEventType,
  type EventType,
  type Field,
  type KnownEventType,
} from "@sidehook/events";
import type { Translate } from "../language.ts";
import { useView } from "../view.ts";
import { Body } from "./code.tsx";
import { Table } from "./table.tsx";

/** Name of an event type as it is shown; one that the catalog does not know is its own name. */
export function eventName(type: string, t: Translate): string {
  return isKnown(type) ? t(`event.${type}.name`) : type;
}

/** When it happens, for the admin of a network. */
export function eventDescription({ type, description }: EventType, t: Translate): string {
  return isKnown(type) ? t(`event.${type}.description`) : description;
}

/** The types of the catalog, and the keys of their texts, are generated from it. */
function isKnown(type: string): type is KnownEventType {
  return findEventType(type) !== undefined;
}

/** The names of what a webhook wants, patterns as they are. */
export function EventNames({ events }: { events: readonly string[] }) {
  const { t } = useView();
  const [first = "", ...rest] = events.map((event) => (event === "*" ? t("event.all") : eventName(event, t)));
  return (
    <>
      <bdi>{first}</bdi>
      {rest.length > 0 && (
        <span class="muted" title={rest.join(", ")}>
          {" "}
          {t("event.more", { count: rest.length })}
        </span>
      )}
    </>
  );
}

/** The options of a select: every event of the catalog by group, and `others` that are not in it. */
export function EventOptions({ selected, others = [] }: { selected: string; others?: readonly string[] }) {
  const { t } = useView();
  return (
    <>
      {eventGroups.map(({ id, eventTypes }) => (
        <optgroup label={t(`eventGroup.${id}`)}>
          {eventTypes.map(({ type }) => (
            <option value={type} selected={type === selected}>
              {eventName(type, t)}
            </option>
          ))}
        </optgroup>
      ))}
      {others.length > 0 && (
        <optgroup label={t("event.others")}>
          {others.map((type) => (
            <option selected={type === selected}>{type}</option>
          ))}
        </optgroup>
      )}
    </>
  );
}

/** When an event happens, its fields and its sample. */
export function EventTypeDetails({
  eventType,
  isFolded = false,
}: {
  eventType: EventType;
  isFolded?: boolean;
}) {
  const { t } = useView();
  return (
    <div data-event-type={eventType.type}>
      <p>{eventDescription(eventType, t)}</p>
      <h3>{t("eventType.sample")}</h3>
      <Body text={JSON.stringify(eventType.sample, null, 2)} />
      <details class="fields" open={!isFolded}>
        <summary>
          <h3>{t("eventType.fields")}</h3>
        </summary>
        <Table
          caption={t("eventType.fieldsOf", { name: eventName(eventType.type, t) })}
          columns={[t("eventType.field"), t("eventType.type"), t("eventType.meaning")]}
          rows={eventType.fields.map((field) => [
            <MachineName name={field.name} />,
            <FieldType field={field} />,
            <FieldMeaning field={field} />,
          ])}
        />
      </details>
    </div>
  );
}

function FieldType({ field }: { field: Field }) {
  const { t, language } = useView();
  const types = [...field.types, ...(field.isNullable ? ["null"] : [])];
  const parts = new Intl.ListFormat(language, { type: "disjunction" }).formatToParts(types);
  return (
    <>
      {parts.map(({ type, value }) => (type === "element" ? <code>{value}</code> : value))}
      {!field.isAlwaysSent && <span class="muted"> {t("eventType.sometimes")}</span>}
    </>
  );
}

/** Fields are described for developers, in English as all of the API. */
function FieldMeaning({ field }: { field: Field }) {
  const { t } = useView();
  return (
    <>
      <span lang="en">{field.description}</span>
      {field.knownValues && (
        <span class="muted">
          {" "}
          {t("eventType.values")} <code>{field.knownValues.join(", ")}</code>
        </span>
      )}
    </>
  );
}

/** A name such as `payment_received`, which may break after its underscores. */
export function MachineName({ name }: { name: string }) {
  const parts = name.split(/(?<=_)/);
  return (
    <code>
      {parts.map((part) => (
        <>
          {part}
          <wbr />
        </>
      ))}
    </code>
  );
}
