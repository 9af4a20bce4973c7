import { randomUUID } from "node:crypto";
import type { Child } from "hono/jsx";
import { useView } from "../view.ts";

/** A form that changes something; it carries the proof that it is ours. */
export function Form({ action, children, ...rest }: { action: string; class?: string; children: Child }) {
  const { link, session } = useView();
  return (
    <form method="post" action={link(action)} novalidate class={rest.class}>
      <input type="hidden" name="csrf" value={session?.csrfToken ?? ""} />
      {children}
    </form>
  );
}

/** Makes a form count once, however often it is sent: see `isFirstSending`. */
export function OnceField() {
  return <input type="hidden" name="formId" value={`form_${randomUUID()}`} />;
}

/** One button that does one thing, with the values it needs. */
export function ActionButton({
  action,
  label,
  fields = {},
  kind = "secondary",
}: {
  action: string;
  label: string;
  fields?: Readonly<Record<string, string>>;
  kind?: ButtonKind;
}) {
  return (
    <Form action={action} class="inline">
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class={`button ${kind}`}>
        {label}
      </button>
    </Form>
  );
}

type ButtonKind = "primary" | "secondary" | "danger";

export function LinkButton({
  path,
  label,
  kind = "secondary",
}: {
  path: string;
  label: string;
  kind?: ButtonKind;
}) {
  const { link } = useView();
  return (
    <a class={`button ${kind}`} href={link(path)}>
      {label}
    </a>
  );
}

interface Description {
  hint?: string | undefined;
  problems?: readonly string[] | undefined;
}

/** A labelled control with its hint and everything that is wrong with its value. */
export function Field({
  id,
  label,
  hint,
  problems = [],
  children,
}: Description & { id: string; label: string; children: Child }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <ProblemList id={id} problems={problems} />
    </div>
  );
}

function ProblemList({ id, problems }: { id: string; problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <ul class="problems" id={`${id}-problems`}>
      {problems.map((problem) => (
        <li>{problem}</li>
      ))}
    </ul>
  );
}

/** What ties a control to the texts of its field. */
export function describe(id: string, { hint, problems = [] }: Description) {
  const ids = [hint === undefined ? "" : `${id}-hint`, problems.length === 0 ? "" : `${id}-problems`];
  const describedBy = ids.filter((each) => each !== "").join(" ");
  return {
    id,
    ...(describedBy === "" ? {} : { "aria-describedby": describedBy }),
    ...(problems.length === 0 ? {} : { "aria-invalid": "true" as const }),
  };
}

/** A field for one line of text. */
export function TextField({
  id,
  label,
  value,
  type = "text",
  hint,
  problems,
  ...rest
}: Description & {
  id: string;
  label: string;
  value: string;
  type?: "text" | "url" | "number" | "password";
  placeholder?: string;
  autocomplete?: string;
  required?: boolean;
}) {
  return (
    <Field id={id} label={label} hint={hint} problems={problems}>
      <input
        {...describe(id, { hint, problems })}
        type={type}
        name={id}
        value={value}
        placeholder={rest.placeholder}
        autocomplete={rest.autocomplete ?? "off"}
        required={rest.required}
      />
    </Field>
  );
}
