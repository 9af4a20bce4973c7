import { useView } from "../view.ts";
import { LinkButton, TextField } from "./form.tsx";

/** The end of a form that deletes: asks for something to be typed, since a click alone destroys nothing. */
export function TypedDeletion({
  label,
  hint,
  isWrong,
  backPath,
}: {
  label: string;
  /** What has to be typed, unless the label says it. */
  hint?: string;
  /** Something else has been typed. */
  isWrong: boolean;
  backPath: string;
}) {
  const { t } = useView();
  return (
    <>
      <TextField
        id="confirmed"
        label={label}
        value=""
        {...(hint !== undefined && { hint })}
        problems={isWrong ? [t("problem.confirmed")] : []}
        required
      />
      <div class="actions">
        <button type="submit" class="button danger">
          {t("webhook.deleteConfirm")}
        </button>
        <LinkButton path={backPath} label={t("cancel")} />
      </div>
    </>
  );
}
