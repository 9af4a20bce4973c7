import type { Child } from "hono/jsx";
import { html, raw } from "hono/html";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Session } from "@sidehook/store";
import { assets } from "./assets.ts";
import type { Embedding } from "./embedded.ts";
import { EmbeddedFrame } from "./embedded-frame.tsx";
import { useView, ViewContext, type View } from "./view.ts";

/** What the routes of the admin pages keep while they answer. */
export interface AdminEnv {
  Bindings: {
    /** Of a request that WordPress has passed through. */
    embedding?: Embedding;
  };
  Variables: {
    view: View;
    /** Set behind the sign-in. */
    session: Session;
    /** The fields of a form that was found to be ours. */
    form: FormData;
  };
}

export type AdminContext = Context<AdminEnv>;

/** Answers a request with a page. */
export function sendPage(context: AdminContext, page: Child, status: ContentfulStatusCode = 200) {
  const view = context.get("view");
  return context.html(
    html`${view.embedding ? "" : raw("<!doctype html>")}${<ViewContext.Provider value={view}>{page}</ViewContext.Provider>}`,
    status,
  );
}

interface PageProps {
  title: string;
  /** The page above this one, such as the list it is an item of. */
  parent?: { path: string; label: string };
  /** Buttons beside the title. */
  actions?: Child;
  /** The other pages about the same thing. */
  tabs?: Child;
  /** A button that takes back what the last action did, beside its notice. */
  undo?: Child;
  children: Child;
}

/** One page, whole or as a part of WordPress's. */
export function Page(props: PageProps) {
  const { t, link, language, direction, timeZone, session, embedding } = useView();
  const content = <Content {...props} />;
  if (embedding)
    return <EmbeddedFrame {...{ embedding, navigation: <Navigation /> }}>{content}</EmbeddedFrame>;
  return (
    <html lang={language} dir={direction} data-zone={timeZone} data-base={link("")}>
      <Head title={props.title} />
      <body class={session ? "framed" : undefined}>
        <a class="skip" href="#content">
          {t("layout.skip")}
        </a>
        {session && <Header />}
        <main id="content" tabindex={-1} class={session ? undefined : "narrow"}>
          {content}
        </main>
        {/* Filled by the script: a status that is there from the start is not read out. */}
        <output class="visually-hidden" id="announcements" />
      </body>
    </html>
  );
}

/** Title, its actions beside it, what the last action did, what the page is about. */
function Content({ title, parent, actions, tabs, undo, children }: PageProps) {
  const { t, link, notice } = useView();
  return (
    <>
      <div class="title">
        <div>
          {parent && (
            <p class="parent">
              <a href={link(parent.path)}>{parent.label}</a>
            </p>
          )}
          <h1>{title}</h1>
        </div>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
      {tabs}
      {notice && <Notice undo={undo}>{t(notice)}</Notice>}
      {children}
    </>
  );
}

/** What the last action did. */
export function Notice({ undo, children }: { undo?: Child; children: Child }) {
  return (
    <div class="notice success">
      <p data-announce="">{children}</p>
      {undo}
    </div>
  );
}

function Head({ title }: { title: string }) {
  const { t, link } = useView();
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${title} · ${t("layout.product")}`}</title>
      <link rel="icon" href={link(`/assets/${assets.icon.name}`)} type={assets.icon.type} />
      <link rel="stylesheet" href={link(`/assets/${assets.styles.name}`)} />
      {/* Not deferred: it marks the page before the first paint, so that nothing moves afterwards. */}
      <script src={link(`/assets/${assets.script.name}`)} />
    </head>
  );
}

function Header() {
  const { t, link } = useView();
  return (
    <header class="header">
      <a class="brand" href={link("/overview")}>
        <img src={link(`/assets/${assets.icon.name}`)} alt="" width="24" height="24" />
        {t("layout.product")}
      </a>
      <Navigation />
    </header>
  );
}

function Navigation() {
  const { t, link, navigation, path, embedding } = useView();
  const isCurrent = (item: string) => path === item || path.startsWith(`${item}/`);
  return (
    <nav aria-label={t("layout.navigation")}>
      <ul>
        {navigation.map((item) => (
          <li>
            <a href={link(item.path)} aria-current={isCurrent(item.path) ? "page" : undefined}>
              {t(item.label)}
            </a>
          </li>
        ))}
        {embedding && (
          <li>
            <a href={embedding.bridgePage}>{t("nav.bridge")}</a>
          </li>
        )}
      </ul>
    </nav>
  );
}
