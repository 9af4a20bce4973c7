import { Hono } from "hono";
import type { ApiToken, SessionSummary } from "@sidehook/store";
import { scopes } from "../api/auth.ts";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { Copyable, Literal } from "./components/code.tsx";
import { ActionButton, Form, LinkButton, OnceField, TextField } from "./components/form.tsx";
import { Table } from "./components/table.tsx";
import { FullTime, RelativeTime } from "./components/time.tsx";
import { isFirstSending } from "./form-once.ts";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

const dayMs = 24 * 3_600_000;
const maxNameLength = 200;

/** For how many days a new token may be valid; 0: until it is deleted. */
const lifetimes = ["90", "365", "0"] as const;

interface AccessProps {
  tokens: readonly ApiToken[];
  sessions: readonly SessionSummary[];
  /** A token that was just made: shown once. */
  made: string | null;
  problems: readonly string[];
}

/** `/admin/settings/access`: the tokens of programs, and the people who are signed in. */
export function accessPages(services: Services): Hono<AdminEnv> {
  const { store } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/access", (context) => sendAccess(context, services));
  routes.post("/access/tokens", async (context) => {
    const form = context.get("form");
    const name = textOf(form, "name").trim();
    const chosen = scopes.filter((scope) => form.getAll("scopes").includes(scope));
    const { t } = context.get("view");
    const problems = [
      ...(name === "" ? [t("problem.nameMissing")] : []),
      ...(name.length > maxNameLength ? [t("problem.tooLong", { max: maxNameLength })] : []),
      ...(chosen.length === 0 ? [t("tokens.noScope")] : []),
    ];
    if (problems.length > 0) return sendAccess(context, services, { problems });
    if (!(await isFirstSending(form, services)))
      return goWithNotice(context, "/settings/access", "sentBefore");
    const made = await addToken(services, { name, scopes: chosen, days: Number(textOf(form, "days")) });
    return sendAccess(context, services, { made });
  });
  routes.get("/access/tokens/:id/delete", async (context) => {
    const token = (await store.listTokens()).find(({ id }) => id === context.req.param("id"));
    return token ? sendPage(context, <DeletePage token={token} />) : context.notFound();
  });
  routes.post("/access/tokens/:id/delete", async (context) => {
    await store.deleteToken(context.req.param("id"));
    return goWithNotice(context, "/settings/access", "tokenDeleted");
  });
  routes.post("/access/sessions/:id/end", async (context) => {
    await store.deleteSession(context.req.param("id"));
    return goWithNotice(context, "/settings/access", "signedOut");
  });
  return routes;
}

async function addToken(
  { store, now }: Services,
  { name, scopes, days }: { name: string; scopes: readonly string[]; days: number },
): Promise<string> {
  const expiresAt = days > 0 ? new Date(now().getTime() + days * dayMs) : null;
  const { value } = await store.createToken({ name, scopes, expiresAt }, now());
  return value;
}

async function sendAccess(
  context: AdminContext,
  { store, now }: Services,
  { made = null, problems = [] }: Partial<Pick<AccessProps, "made" | "problems">> = {},
) {
  const [tokens, sessions] = await Promise.all([store.listTokens(), store.listSessions(now())]);
  const page = <AccessPage {...{ tokens, sessions, made, problems }} />;
  return sendPage(context, page, problems.length > 0 ? 422 : 200);
}

function AccessPage({ tokens, sessions, made, problems }: AccessProps) {
  const { t, embedding } = useView();
  return (
    <Page title={t("access.title")} parent={{ path: "/settings", label: t("nav.settings") }}>
      {made !== null && (
        <section class="notice success" aria-label={t("tokens.made")}>
          <p>{t("tokens.made")}</p>
          <p>
            <Copyable text={made} label={t("tokens.copy")} />
          </p>
        </section>
      )}
      <section aria-labelledby="tokens">
        <h2 id="tokens">{t("tokens.title")}</h2>
        {tokens.length === 0 ? <p class="muted">{t("tokens.none")}</p> : <TokenTable tokens={tokens} />}
      </section>
      <NewToken problems={problems} />
      {!embedding && (
        <section aria-labelledby="people">
          <h2 id="people">{t("people.title")}</h2>
          <SessionTable sessions={sessions} />
        </section>
      )}
    </Page>
  );
}

function TokenTable({ tokens }: { tokens: readonly ApiToken[] }) {
  const { t } = useView();
  return (
    <Table
      caption={t("tokens.title")}
      columns={[
        t("field.name"),
        t("tokens.scopes"),
        t("tokens.lastUsed"),
        t("tokens.expires"),
        t("field.actions"),
      ]}
      rows={tokens.map(({ id, name, scopes, lastUsedAt, expiresAt }) => [
        <bdi>{name}</bdi>,
        <Literal text={scopes.join(", ")} />,
        lastUsedAt ? <RelativeTime at={lastUsedAt} /> : t("never"),
        expiresAt ? <RelativeTime at={expiresAt} /> : t("never"),
        <LinkButton path={`/settings/access/tokens/${id}/delete`} label={t("tokens.delete")} kind="danger" />,
      ])}
    />
  );
}

function NewToken({ problems }: { problems: readonly string[] }) {
  const { t } = useView();
  return (
    <section class="panel" aria-labelledby="new-token">
      <h2 id="new-token">{t("tokens.new")}</h2>
      <Form action="/settings/access/tokens" class="row-form">
        <OnceField />
        <TextField
          id="name"
          label={t("field.name")}
          value=""
          hint={t("tokens.nameHint")}
          problems={problems}
        />
        <fieldset class="boxes">
          <legend>{t("tokens.scopes")}</legend>
          {scopes.map((scope) => (
            <label class="check">
              <input type="checkbox" name="scopes" value={scope} />
              <code>{scope}</code>
            </label>
          ))}
        </fieldset>
        <div class="field">
          <label for="days">{t("tokens.expires")}</label>
          <select id="days" name="days">
            {lifetimes.map((days) => (
              <option value={days}>{t("tokens.days", { days: Number(days) })}</option>
            ))}
          </select>
        </div>
        <button type="submit" class="button">
          {t("tokens.add")}
        </button>
      </Form>
    </section>
  );
}

function SessionTable({ sessions }: { sessions: readonly SessionSummary[] }) {
  const { t, session } = useView();
  return (
    <Table
      caption={t("people.title")}
      columns={[t("people.by"), t("people.since"), t("settings.sessionEnds"), t("field.actions")]}
      rows={sessions.map(({ id, signedInBy, createdAt, expiresAt }) => [
        <>
          <SignedInBy name={signedInBy} /> {id === session?.id && <span class="mark">{t("people.you")}</span>}
        </>,
        <FullTime at={createdAt} />,
        <RelativeTime at={expiresAt} />,
        id === session?.id ? (
          <ActionButton action="/settings/sign-out" label={t("settings.signOut")} />
        ) : (
          <ActionButton action={`/settings/access/sessions/${id}/end`} label={t("people.end")} />
        ),
      ])}
    />
  );
}

/** How a session came about, as it is kept for the log, in words for people. */
function SignedInBy({ name }: { name: string }) {
  const { t } = useView();
  if (name === "token") return <>{t("signIn.token")}</>;
  if (name === "link") return <>{t("people.link")}</>;
  return <bdi>{name.replace(/^WordPress user /, "WordPress: ")}</bdi>;
}

function DeletePage({ token: { id, name } }: { token: ApiToken }) {
  const { t } = useView();
  return (
    <Page
      title={t("webhook.deleteTitle", { name })}
      parent={{ path: "/settings/access", label: t("access.title") }}
    >
      <Form action={`/settings/access/tokens/${id}/delete`} class="panel">
        <p>{t("tokens.deleteText")}</p>
        <div class="actions">
          <button type="submit" class="button danger">
            {t("webhook.deleteConfirm")}
          </button>
          <LinkButton path="/settings/access" label={t("cancel")} />
        </div>
      </Form>
    </Page>
  );
}
