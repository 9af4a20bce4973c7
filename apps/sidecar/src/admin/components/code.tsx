import { useView } from "../view.ts";
import { formatJson } from "./json.ts";

/** Text of a machine. It stays left to right, and no translator of a browser touches it. */
export function Code({ text }: { text: string }) {
  return (
    <pre class="code" lang="en" dir="ltr" translate="no">
      <code>{text}</code>
    </pre>
  );
}

/** A body as it was sent or received; JSON is laid out for reading, with the exact bytes beneath. */
export function Body({ text }: { text: string }) {
  const { t } = useView();
  if (text === "") return <p class="muted">{t("body.empty")}</p>;
  const pretty = formatJson(text);
  if (pretty === null || pretty === text) return <Code text={text} />;
  return (
    <>
      <Code text={pretty} />
      <details class="raw">
        <summary>{t("body.raw")}</summary>
        <Code text={text} />
      </details>
    </>
  );
}

export function HeaderList({ headers }: { headers: Readonly<Record<string, string>> }) {
  return (
    <dl class="headers" lang="en" dir="ltr" translate="no">
      {Object.entries(headers).map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** An id, URL or key: whole, breakable, unaffected by the direction of the text around it. */
export function Literal({ text }: { text: string }) {
  return (
    <bdi class="literal" translate="no">
      {text}
    </bdi>
  );
}

/** The same with a button that copies it, shown only where scripts run. */
export function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <span class="copyable">
      <Literal text={text} />
      <CopyButton text={text} label={label} />
    </span>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useView();
  return (
    <button
      type="button"
      class="button copy"
      data-copy={text}
      data-copied={t("copy.done")}
      aria-label={label}
    >
      {t("copy")}
    </button>
  );
}
