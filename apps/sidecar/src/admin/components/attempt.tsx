import { STATUS_CODES } from "node:http";
import { classifyStatus, type Attempt, type DeliveryResponse, type FailureClass } from "@sidehook/delivery";
import { useView } from "../view.ts";
import { Body, HeaderList, Literal } from "./code.tsx";
import { Badge } from "./status.tsx";
import { Facts } from "./table.tsx";
import { ExactTime, formatDuration, FullTime } from "./time.tsx";
import { Waterfall } from "./waterfall.tsx";

/** What failed and what to do about it, in plain words. */
export function FailureText({ failureClass, detail }: { failureClass: FailureClass; detail: string | null }) {
  const { t } = useView();
  return (
    <>
      <p>
        <strong>{t(`failure.${failureClass}.summary`)}</strong>
      </p>
      {detail !== null && <p lang="en">{detail}</p>}
      <p>{t(`failure.${failureClass}.hint`)}</p>
    </>
  );
}

/** Says at the top of a page whether an attempt worked. */
export function AttemptVerdict({ attempt }: { attempt: Attempt }) {
  const { t, language } = useView();
  const time = formatDuration(attempt.durationMs, language);
  const failureClass = failureClassOf(attempt);
  const noAnswer = failureClass === "address_refused" ? t("test.notSent") : t("test.noAnswer", { time });
  const answer = attempt.response ? t("test.answered", { status: attempt.response.status, time }) : noAnswer;
  return (
    <div class={`notice ${failureClass === null ? "success" : "error"}`}>
      <p>
        <strong>{t(failureClass === null ? "test.worked" : "test.failed")}</strong> {answer}
      </p>
      {failureClass !== null && (
        <FailureText failureClass={failureClass} detail={attempt.error?.message ?? null} />
      )}
    </div>
  );
}

/** An answer has no error of its own: its status says what it was. */
function failureClassOf({ response, error }: Attempt): FailureClass | null {
  return response ? classifyStatus(response.status) : (error?.class ?? null);
}

/** One attempt: when, how long, what was sent, what came back; what was decided, unless nothing was. */
export function AttemptDetails({ attempt, isRecorded = true }: { attempt: Attempt; isRecorded?: boolean }) {
  const { t, language } = useView();
  return (
    <>
      <Facts
        facts={[
          [t("attempt.answer"), <AttemptStatus attempt={attempt} />],
          [t("attempt.started"), <ExactTime at={attempt.startedAt} />],
          [t("attempt.duration"), formatDuration(attempt.durationMs, language)],
          ...(isRecorded ? [[t("attempt.decision"), t(`decision.${attempt.decision}`)] as const] : []),
          ...(attempt.nextAttemptAt
            ? [[t("field.nextAttempt"), <FullTime at={attempt.nextAttemptAt} />] as const]
            : []),
        ]}
      />
      <Waterfall attempt={attempt} />
      <h3>{t("attempt.response")}</h3>
      <Response attempt={attempt} />
      <h3>{t("attempt.request")}</h3>
      <p>
        <code>{attempt.request.method}</code> <Literal text={attempt.request.url} />
      </p>
      <details>
        <summary>{t("attempt.headers")}</summary>
        <HeaderList headers={attempt.request.headers} />
      </details>
      <details class="request-body">
        <summary>{t("attempt.body")}</summary>
        <Body text={attempt.request.body} />
      </details>
    </>
  );
}

export function AttemptStatus({ attempt }: { attempt: Attempt }) {
  const { t } = useView();
  const { response } = attempt;
  const tone = failureClassOf(attempt) === null ? "good" : "bad";
  if (!response) return <Badge tone={tone} text={t("attempt.noAnswer")} />;
  return (
    <span lang="en">
      <Badge tone={tone} text={statusText(response)} />
    </span>
  );
}

function Response({ attempt: { response, error } }: { attempt: Attempt }) {
  const { t } = useView();
  if (!response) {
    return <p lang="en">{error?.message ?? ""}</p>;
  }
  return (
    <>
      <Body text={response.body} />
      <details>
        <summary>{t("attempt.headers")}</summary>
        <HeaderList headers={response.headers} />
      </details>
    </>
  );
}

function statusText({ status }: DeliveryResponse): string {
  return `${status} ${STATUS_CODES[status] ?? ""}`.trim();
}
