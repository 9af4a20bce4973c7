import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import type { Services } from "../services.ts";
import { version } from "../version.ts";
import { endSession, textOf } from "./access.ts";
import { Code, Literal } from "./components/code.tsx";
import { ActionButton, Form, LinkButton } from "./components/form.tsx";
import { Facts } from "./components/table.tsx";
import { formatDuration, FullTime } from "./components/time.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { languageCookie, languageNames } from "./language.ts";
import { goWithNotice } from "./notices.ts";
import { accessPages } from "./settings-access.tsx";
import { basePath, useView } from "./view.ts";

interface SettingsProps {
  url: string;
  /** Null until the button asks for it. */
  bridgeKey: string | null;
  bridgeSeenAt: Date | null;
  isArchiveOn: boolean;
  database: "sqlite" | "postgres";
  isWorkerRunning: boolean;
  retentionMs: number;
  /** As in SIDEHOOK_ALLOW, one each. */
  allowed: readonly string[];
}

/** `/admin/settings`: how WordPress is connected, who may call, what runs here. */
export function settingsPages(services: Services): Hono<AdminEnv> {
  const { store, log } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/", (context) => sendSettings(context, services, null));
  // A POST, so that no address or history ever leads to the key.
  routes.post("/key", (context) => sendSettings(context, services, services.keys.bridgeKey));
  routes.post("/archive", async (context) => {
    const archive = textOf(context.get("form"), "archive") === "on";
    await store.setArchive(archive);
    log.info({ archive, by: context.get("session").signedInBy }, "archive.switched");
    return goWithNotice(context, "/settings", archive ? "archiveOn" : "archiveOff");
  });
  routes.post("/language", (context) => {
    const language = textOf(context.get("form"), "language");
    if (languageNames.has(language)) rememberLanguage(context, services, language);
    return context.redirect(context.get("view").link("/settings"), 303);
  });
  routes.post("/sign-out", async (context) => {
    await endSession(context, services);
    return context.redirect(context.get("view").link("/sign-in"), 303);
  });
  routes.route("/", accessPages(services));
  return routes;
}

async function sendSettings(context: AdminContext, services: Services, bridgeKey: string | null) {
  const { store, config, publicUrl, isWorkerRunning } = services;
  const props: SettingsProps = {
    url: publicUrl,
    bridgeKey,
    bridgeSeenAt: await store.readBridgeSeenAt(),
    isArchiveOn: await store.isArchiveOn(),
    database: config.databaseUrl.startsWith("sqlite:") ? "sqlite" : "postgres",
    isWorkerRunning: isWorkerRunning(),
    retentionMs: config.retentionMs,
    allowed: config.allow.map(({ range }) => range.text),
  };
  return sendPage(context, <SettingsPage {...props} />);
}

function SettingsPage(props: SettingsProps) {
  const { t, session, embedding } = useView();
  return (
    <Page title={t("nav.settings")}>
      <ConnectPanel {...props} />
      <div class="columns">
        <ArchivePanel {...props} />
        <section class="panel" aria-labelledby="access">
          <h2 id="access">{t("access.title")}</h2>
          <p>{t("access.text")}</p>
          <LinkButton path="/settings/access" label={t("access.open")} />
        </section>
        <ReachPanel {...props} />
        <BackupPanel {...props} />
        <AboutPanel {...props} />
        {!embedding && <LanguagePanel />}
        {session && !embedding && (
          <section class="panel" aria-labelledby="session">
            <h2 id="session">{t("settings.session")}</h2>
            <p>
              {t("settings.sessionEnds")} <FullTime at={session.expiresAt} />
            </p>
            <ActionButton action="/settings/sign-out" label={t("settings.signOut")} />
          </section>
        )}
      </div>
    </Page>
  );
}

const yearSeconds = 31_536_000;

function rememberLanguage(context: AdminContext, { publicUrl }: Services, language: string): void {
  setCookie(context, languageCookie, language, {
    path: basePath(publicUrl),
    httpOnly: true,
    sameSite: "Lax",
    secure: publicUrl.startsWith("https:"),
    maxAge: yearSeconds,
  });
}

/** Inside WordPress it is WordPress's. */
function LanguagePanel() {
  const { t, language } = useView();
  return (
    <section class="panel" aria-labelledby="language">
      <h2 id="language">{t("settings.language")}</h2>
      <Form action="/settings/language" class="inline">
        <select name="language" aria-labelledby="language">
          {[...languageNames].map(([tag, name]) => (
            <option value={tag} lang={tag} selected={tag === language}>
              {name}
            </option>
          ))}
        </select>
        <button type="submit" class="button">
          {t("settings.useLanguage")}
        </button>
      </Form>
    </section>
  );
}

function ConnectPanel({ url, bridgeKey, bridgeSeenAt }: SettingsProps) {
  const { t } = useView();
  return (
    <section class="panel" aria-labelledby="connect">
      <h2 id="connect">{t("settings.connect")}</h2>
      <p>{t("settings.connectText")}</p>
      <Code text={constants(url, bridgeKey ?? t("settings.keyHidden"))} />
      {bridgeKey === null && <ActionButton action="/settings/key#connect" label={t("settings.reveal")} />}
      <p class="muted">
        {t("overview.wordpress")}: {bridgeSeenAt ? <FullTime at={bridgeSeenAt} /> : t("never")}
      </p>
    </section>
  );
}

function ArchivePanel({ isArchiveOn }: SettingsProps) {
  const { t } = useView();
  return (
    <section class="panel" aria-labelledby="archive">
      <h2 id="archive">{t("archive.title")}</h2>
      <p>{t("archive.text")}</p>
      <p>
        <strong>{t(isArchiveOn ? "archive.on" : "archive.off")}</strong>
      </p>
      <Form action="/settings/archive" class="inline">
        <input type="hidden" name="archive" value={isArchiveOn ? "off" : "on"} />
        <button type="submit" class="button">
          {t(isArchiveOn ? "archive.switchOff" : "archive.switchOn")}
        </button>
      </Form>
    </section>
  );
}

/** Both are settings of the environment: who may sign in must not be able to open the inside of a network. */
function ReachPanel({ allowed, retentionMs }: SettingsProps) {
  const { t, language } = useView();
  return (
    <section class="panel" aria-labelledby="reach">
      <h2 id="reach">{t("settings.fixed")}</h2>
      <p>{t("settings.fixedText")}</p>
      <Facts
        facts={[
          [
            "SIDEHOOK_ALLOW",
            allowed.length === 0 ? (
              t("settings.noneAllowed")
            ) : (
              <ul class="plain">
                {allowed.map((entry) => (
                  <li>
                    <Literal text={entry} />
                  </li>
                ))}
              </ul>
            ),
          ],
          ["SIDEHOOK_RETENTION", t("settings.kept", { time: formatDuration(retentionMs, language) })],
        ]}
      />
    </section>
  );
}

function BackupPanel({ database }: SettingsProps) {
  const { t } = useView();
  return (
    <section class="panel" aria-labelledby="backup">
      <h2 id="backup">{t("backup.title")}</h2>
      <p>{t(`backup.${database}`)}</p>
      <Code text="sidehook backup --to sidehook.backup" />
    </section>
  );
}

function AboutPanel({ url, database, isWorkerRunning }: SettingsProps) {
  const { t, link } = useView();
  return (
    <section class="panel" aria-labelledby="service">
      <h2 id="service">{t("settings.service")}</h2>
      <Facts
        facts={[
          [t("settings.version"), version],
          [t("settings.database"), t(`database.${database}`)],
          [t("settings.worker"), t(isWorkerRunning ? "settings.running" : "settings.notRunning")],
          [t("settings.publicUrl"), <Literal text={url} />],
        ]}
      />
      <p>
        <a href={link("/doctor")}>{t("overview.allChecks")}</a>
      </p>
    </section>
  );
}

function constants(url: string, key: string): string {
  return `define( 'SIDEHOOK_URL', '${url}' );\ndefine( 'SIDEHOOK_KEY', '${key}' );`;
}
