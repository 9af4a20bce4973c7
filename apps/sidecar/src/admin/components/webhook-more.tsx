import type { Child } from "hono/jsx";
import { useView } from "../view.ts";
import type { FieldProblems, WebhookFormValues } from "../webhook-form-values.ts";
import {
  authKinds,
  emptyMore,
  formats,
  moreNames,
  ratePeriods,
  type MoreValues,
} from "../webhook-more-values.ts";
import type { Trial } from "../webhook-trial.ts";
import { eventName } from "./event-type.tsx";
import { describe, Field, TextField } from "./form.tsx";
import { Badge } from "./status.tsx";
import { Table } from "./table.tsx";

interface MoreProps {
  values: WebhookFormValues;
  problems: FieldProblems | null;
  trial: Trial | null;
}

/** The second part of the form, folded while there is nothing in it, and nothing wrong with it. */
export function MoreFields({ values: { more }, problems, trial }: MoreProps) {
  const { t } = useView();
  const isUsed = Object.entries(emptyMore).some(([name, empty]) => more[name as keyof MoreValues] !== empty);
  const isWrong = moreNames.some((name) => problems?.[name] !== undefined);
  return (
    <details class="fold more" id="more" open={isUsed || isWrong || trial !== null}>
      <summary>{t("more.title")}</summary>
      <Part title={t("more.which")}>
        <TextField
          id="sites"
          label={t("field.sites")}
          value={more.sites}
          hint={t("more.sitesHint")}
          problems={problems?.sites}
        />
        <FilterField more={more} problems={problems?.filter} trial={trial} />
      </Part>
      <Part title={t("more.request")}>
        <Select id="format" label={t("field.format")}>
          {formats.map((format) => (
            <option value={format} selected={format === more.format}>
              {t(`format.${format}`)}
            </option>
          ))}
        </Select>
        <TextArea
          id="headers"
          label={t("field.headers")}
          value={more.headers}
          hint={t("more.headersHint")}
          problems={problems?.headers}
        />
        <AuthFields more={more} problems={problems?.auth} />
      </Part>
      <PaceFields more={more} problems={problems} />
    </details>
  );
}

function Part({ title, children }: { title: string; children: Child }) {
  return (
    <fieldset class="part">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

function Select({ id, label, children }: { id: string; label: string; children: Child }) {
  return (
    <Field id={id} label={label}>
      <select id={id} name={id}>
        {children}
      </select>
    </Field>
  );
}

interface AreaProps {
  id: string;
  label: string;
  value: string;
  hint: string;
  problems: readonly string[] | undefined;
}

function TextArea({ id, label, value, hint, problems }: AreaProps) {
  return (
    <Field id={id} label={label} hint={hint} problems={problems}>
      <textarea
        {...describe(id, { hint, problems })}
        name={id}
        rows={3}
        class="literal"
        dir="ltr"
        spellcheck={false}
        autocomplete="off"
      >
        {value}
      </textarea>
    </Field>
  );
}

function FilterField({
  more,
  problems,
  trial,
}: {
  more: MoreValues;
  problems: readonly string[] | undefined;
  trial: Trial | null;
}) {
  const { t } = useView();
  return (
    <>
      <TextArea
        id="filter"
        label={t("more.filter")}
        value={more.filter}
        hint={t("more.filterHint", { example: '{"payment_status": ["completed"]}' })}
        problems={problems}
      />
      <button type="submit" name="action" value="try" class="button">
        {t("more.try")}
      </button>
      {trial && <TrialResult trial={trial} />}
    </>
  );
}

/** How many past events would have been delivered, and of the newest which. */
function TrialResult({ trial: { isOnSamples, tried, passed, events } }: { trial: Trial }) {
  const { t, link } = useView();
  return (
    <div class="notice" id="trial" data-announce="">
      <p>
        <strong>{t(isOnSamples ? "more.triedSamples" : "more.tried", { tried, passed })}</strong>
      </p>
      {events.length > 0 && (
        <Table
          caption={t("more.try")}
          columns={[t("field.event"), t("event.outcome")]}
          rows={events.map(({ id, type, reason }) => [
            <a href={link(isOnSamples ? `/event-types/${type}` : `/events/${id}`)}>
              <bdi>{eventName(type, t)}</bdi>
            </a>,
            reason === null ? (
              <Badge tone="good" text={t("more.passes")} />
            ) : (
              <span class="muted">{t(`reason.${reason}`)}</span>
            ),
          ])}
        />
      )}
    </div>
  );
}

function AuthFields({ more, problems }: { more: MoreValues; problems: readonly string[] | undefined }) {
  const { t } = useView();
  const secret = { type: "password", autocomplete: "new-password" } as const;
  return (
    <>
      <Field id="auth" label={t("more.auth")} hint={t("more.authHint")} problems={problems}>
        <select {...describe("auth", { hint: t("more.authHint"), problems })} name="auth">
          {authKinds.map((kind) => (
            <option value={kind} selected={kind === more.auth}>
              {t(`more.auth.${kind}`)}
            </option>
          ))}
        </select>
      </Field>
      <div class="pair" data-for="basic">
        <TextField id="user" label={t("more.user")} value={more.user} />
        <TextField id="password" label={t("more.password")} value={more.password} {...secret} />
      </div>
      <div data-for="bearer">
        <TextField id="authToken" label={t("more.token")} value={more.token} {...secret} />
      </div>
    </>
  );
}

function PaceFields({ more, problems }: { more: MoreValues; problems: FieldProblems | null }) {
  const { t } = useView();
  return (
    <Part title={t("more.pace")}>
      <TextField
        id="retries"
        label={t("more.retries")}
        value={more.retries}
        hint={t("more.retriesHint")}
        problems={problems?.retries}
        placeholder="5s 5m 30m 2h 5h 10h 14h 20h 24h"
      />
      <div class="pair">
        <TextField
          id="timeout"
          label={t("more.timeout")}
          value={more.timeout}
          problems={problems?.timeout}
          placeholder="15s"
        />
        <TextField
          id="concurrency"
          label={t("more.concurrency")}
          value={more.concurrency}
          problems={problems?.concurrency}
          placeholder="16"
        />
      </div>
      <div class="pair">
        <TextField id="rate" label={t("more.rate")} value={more.rate} problems={problems?.rate} />
        <Select id="per" label={t("more.per")}>
          {ratePeriods.map((period) => (
            <option value={period} selected={period === more.per}>
              {t(`more.per.${period}`)}
            </option>
          ))}
        </Select>
      </div>
      <label class="check">
        <input type="checkbox" name="ordered" value="yes" checked={more.isOrdered} />
        {t("more.ordered")}
      </label>
    </Part>
  );
}
