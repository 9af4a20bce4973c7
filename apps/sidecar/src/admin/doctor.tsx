import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { examine, gatherFacts, worstOf, type CheckState, type Finding } from "../doctor.ts";
import type { Services } from "../services.ts";
import { Code } from "./components/code.tsx";
import { LinkButton } from "./components/form.tsx";
import { Badge } from "./components/status.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

const tones = { ok: "good", warning: "waiting", failed: "bad" } as const satisfies Record<CheckState, string>;

/** `/admin/doctor`: every check, and what to do where one has found something. */
export function doctorPages(services: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const findings = examine(await gatherFacts(services));
    return sendPage(context, <DoctorPage findings={findings} />);
  });
  return routes;
}

function DoctorPage({ findings }: { findings: readonly Finding[] }) {
  const { t } = useView();
  const again = <LinkButton path="/doctor" label={t("doctor.again")} />;
  return (
    <Page title={t("nav.doctor")} actions={again}>
      <Verdict findings={findings} />
      <ul class="checks panel" aria-label={t("doctor.checks")}>
        {findings.map(({ state, key, values }) => (
          <li>
            <Badge tone={tones[state]} text={t(`doctor.state.${state}`)} />
            <p>{t(key, values)}</p>
          </li>
        ))}
      </ul>
      <section class="panel" aria-labelledby="terminal">
        <h2 id="terminal">{t("doctor.terminal")}</h2>
        <Code text="sidehook doctor" />
      </section>
    </Page>
  );
}

/** In one sentence whether all is well, and what else there is to say. */
export function Verdict({ findings, children }: { findings: readonly Finding[]; children?: Child }) {
  const { t } = useView();
  const worst = worstOf(findings);
  const count = findings.filter(({ state }) => state !== "ok").length;
  const looks = { ok: "success", warning: "warning", failed: "error" } as const;
  return (
    <div class={`notice verdict ${looks[worst]}`}>
      <p>
        <strong>{t(`doctor.verdict.${worst}`, { count })}</strong>
      </p>
      {children}
    </div>
  );
}
