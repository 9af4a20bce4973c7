import { getConnInfo } from "@hono/node-server/conninfo";
import { Hono } from "hono";
import { isSame } from "../api/auth.ts";
import type { Services } from "../services.ts";
import { findSession, isOwnOrigin, readForm, startSession, textOf } from "./access.ts";
import { TextField } from "./components/form.tsx";
import { embeddingOf } from "./embedded.ts";
import { sendError } from "./errors.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import type { MessageKey } from "./locales/en.ts";
import { createSignInLimit } from "./sign-in-limit.ts";
import { useSignInLink } from "./sign-in-link.ts";
import { useView } from "./view.ts";

/** `/admin/sign-in`, the only page that needs no session. */
export function signInRoutes(services: Services): Hono<AdminEnv> {
  const { now } = services;
  const limit = createSignInLimit();
  const routes = new Hono<AdminEnv>();

  // Inside WordPress nobody signs in: who gets that far already is.
  routes.use(async (context, next) => (embeddingOf(context) ? goTo(context, null) : next()));
  routes.get("/", async (context) => {
    const next = localPath(context.req.query("next"));
    const link = context.req.query("link");
    if (await findSession(context, services)) return goTo(context, next);
    if (link === undefined) return sendPage(context, <SignInPage next={next} problem={null} />);
    // A HEAD of some program that looks at links must not use this one up.
    const used = context.req.method === "GET" ? await useSignInLink(link, services) : null;
    if (used) {
      await startSession(context, services, used.signedInBy);
      return goTo(context, next);
    }
    return sendPage(context, <SignInPage next={next} problem="signIn.badLink" />, 401);
  });

  routes.post("/", async (context) => {
    if (!isOwnOrigin(context)) return sendError(context, "forbidden");
    const form = await readForm(context);
    const next = localPath(textOf(form, "next"));
    const address = addressOf(context);
    if (limit.isBlocked(address, now())) {
      return sendPage(context, <SignInPage next={next} problem="signIn.tooMany" />, 429);
    }
    const token = textOf(form, "token").trim();
    if (token === "") return sendPage(context, <SignInPage next={next} problem="signIn.noToken" />, 400);
    if (!(await isAdminToken(token, services))) {
      limit.addFailure(address, now());
      return sendPage(context, <SignInPage next={next} problem="signIn.badToken" />, 401);
    }
    await startSession(context, services, "token");
    return goTo(context, next);
  });

  return routes;
}

async function isAdminToken(token: string, { keys, store, now }: Services): Promise<boolean> {
  if (isSame(token, keys.adminToken)) return true;
  const known = await store.findToken(token, now());
  return known?.scopes.includes("admin") ?? false;
}

function goTo(context: AdminContext, next: string | null): Response {
  const { link } = context.get("view");
  return context.redirect(link(next === null ? "/overview" : next.slice("/admin".length)), 303);
}

/** A path of ours to go to after the sign-in; null for anything that could lead elsewhere. */
function localPath(next: string | undefined): string | null {
  if (next === undefined || !/^\/admin\/[^\\\p{Cc}]*$/u.test(next)) return null;
  const url = URL.parse(next, "http://local.invalid");
  const isLocal = url?.origin === "http://local.invalid" && url.pathname.startsWith("/admin/");
  return isLocal ? `${url.pathname}${url.search}` : null;
}

/** Under test there is no connection; everybody then counts as one. */
function addressOf(context: AdminContext): string {
  const bindings = context.env as { incoming?: unknown } | undefined;
  return bindings?.incoming === undefined ? "" : (getConnInfo(context).remote.address ?? "");
}

function SignInPage({ next, problem }: { next: string | null; problem: MessageKey | null }) {
  const { t, link } = useView();
  return (
    <Page title={t("signIn.title")}>
      {problem && (
        <div class="notice error" role="alert">
          <p>{t(problem)}</p>
        </div>
      )}
      <form method="post" action={link("/sign-in")} class="panel" novalidate>
        {next !== null && <input type="hidden" name="next" value={next} />}
        <TextField
          id="token"
          label={t("signIn.token")}
          type="password"
          value=""
          autocomplete="current-password"
          hint={t("signIn.tokenHint")}
          required
        />
        <button type="submit" class="button primary">
          {t("signIn.submit")}
        </button>
      </form>
    </Page>
  );
}
