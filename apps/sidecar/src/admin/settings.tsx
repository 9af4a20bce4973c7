import { Hono } from "hono";
import type { Services } from "../services.ts";
import { version } from "../version.ts";
import { endSession } from "./access.ts";
import { Code } from "./components/code.tsx";
import { ActionButton } from "./components/form.tsx";
import { Facts } from "./components/table.tsx";
import { FullTime } from "./components/time.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

interface SettingsProps {
  url: string;
  /** Null until the button asks for it. */
  bridgeKey: string | null;
  database: "sqlite" | "postgres";
  isWorkerRunning: boolean;
}

/** `/admin/settings`: how WordPress is connected, what runs here, sign out. */
export function settingsPages(services: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/", (context) => sendSettings(context, services, null));
  // A POST, so that no address or history ever leads to the key.
  routes.post("/key", (context) => sendSettings(context, services, services.keys.bridgeKey));
  routes.post("/sign-out", async (context) => {
    await endSession(context, services);
    return context.redirect(context.get("view").link("/sign-in"), 303);
  });
  return routes;
}

function sendSettings(context: AdminContext, services: Services, bridgeKey: string | null) {
  const { config, publicUrl, isWorkerRunning } = services;
  const props: SettingsProps = {
    url: publicUrl,
    bridgeKey,
    database: config.databaseUrl.startsWith("sqlite:") ? "sqlite" : "postgres",
    isWorkerRunning: isWorkerRunning(),
  };
  return sendPage(context, <SettingsPage {...props} />);
}

function SettingsPage({ url, bridgeKey, database, isWorkerRunning }: SettingsProps) {
  const { t, session, embedding } = useView();
  return (
    <Page title={t("nav.settings")}>
      <section class="panel" aria-labelledby="connect">
        <h2 id="connect">{t("settings.connect")}</h2>
        <p>{t("settings.connectText")}</p>
        <Code text={constants(url, bridgeKey ?? t("settings.keyHidden"))} />
        {bridgeKey === null && <ActionButton action="/settings/key#connect" label={t("settings.reveal")} />}
      </section>
      <section class="panel" aria-labelledby="service">
        <h2 id="service">{t("settings.service")}</h2>
        <Facts
          facts={[
            [t("settings.version"), version],
            [t("settings.database"), t(`database.${database}`)],
            [t("settings.worker"), t(isWorkerRunning ? "settings.running" : "settings.notRunning")],
            [t("settings.publicUrl"), <bdi>{url}</bdi>],
          ]}
        />
      </section>
      {session && !embedding && (
        <section class="panel" aria-labelledby="session">
          <h2 id="session">{t("settings.session")}</h2>
          <p>
            {t("settings.sessionEnds")} <FullTime at={session.expiresAt} />
          </p>
          <ActionButton action="/settings/sign-out" label={t("settings.signOut")} />
        </section>
      )}
    </Page>
  );
}

function constants(url: string, key: string): string {
  return `define( 'SIDEHOOK_URL', '${url}' );\ndefine( 'SIDEHOOK_KEY', '${key}' );`;
}
