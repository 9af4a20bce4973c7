import { HTTPException } from "hono/http-exception";
import { ConflictError, InvalidCursorError, NotFoundError } from "@sidehook/store";
import { ProblemError } from "../api/problem.ts";
import { LinkButton } from "./components/form.tsx";
import { Page, sendPage, type AdminContext } from "./layout.tsx";
import { useView } from "./view.ts";

const statuses = {
  forbidden: 403,
  missing: 404,
  conflict: 409,
  tooLarge: 413,
  unusable: 400,
  broken: 500,
} as const;
type ErrorKind = keyof typeof statuses;

/** Answers with a page that says what happened, whether anything was changed, and what to do. */
export function sendError(context: AdminContext, kind: ErrorKind) {
  return sendPage(context, <ErrorPage kind={kind} />, statuses[kind]);
}

/** Which page an exception becomes; null for a bug or a broken database. */
export function errorKindOf(error: unknown): ErrorKind | null {
  if (error instanceof NotFoundError) return "missing";
  if (error instanceof ConflictError) return "conflict";
  if (error instanceof InvalidCursorError) return "unusable";
  const status = error instanceof ProblemError || error instanceof HTTPException ? error.status : 500;
  if (status === 413) return "tooLarge";
  if (status === 404) return "missing";
  return status >= 400 && status < 500 ? "unusable" : null;
}

function ErrorPage({ kind }: { kind: ErrorKind }) {
  const { t } = useView();
  return (
    <Page title={t(`error.${kind}.title`)}>
      <p>{t(`error.${kind}.text`)}</p>
      <p>
        <LinkButton path="/webhooks" label={t("error.home")} />
      </p>
    </Page>
  );
}
