import { Hono } from "hono";
import type { Bin, Page as StorePage } from "@sidehook/store";
import { binUrl } from "../api/json.ts";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { binPage } from "./bin.tsx";
import { Copyable } from "./components/code.tsx";
import { Form, TextField } from "./components/form.tsx";
import { Empty, pageSize, Paging } from "./components/paging.tsx";
import { Table } from "./components/table.tsx";
import { RelativeTime } from "./components/time.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

const maxNameLength = 200;

interface ListProps {
  page: StorePage<Bin>;
  cursor: string | undefined;
  publicUrl: string;
  name: string;
  problem: string | null;
}

/** `/admin/bins`: endpoints of our own, to look at what arrives. */
export function binPages(services: Services): Hono<AdminEnv> {
  const { store, now, publicUrl } = services;
  const routes = new Hono<AdminEnv>();
  const sendList = async (context: AdminContext, name: string, problem: string | null) => {
    const cursor = context.req.query("cursor");
    const page = await store.listBins({ limit: pageSize, cursor });
    return sendPage(
      context,
      <BinListPage {...{ page, cursor, publicUrl, name, problem }} />,
      problem ? 422 : 200,
    );
  };
  routes.get("/", (context) => sendList(context, "", null));
  routes.post("/", async (context) => {
    const { t } = context.get("view");
    const name = textOf(context.get("form"), "name").trim();
    if (name === "") return sendList(context, name, t("problem.nameMissing"));
    if (name.length > maxNameLength)
      return sendList(context, name, t("problem.tooLong", { max: maxNameLength }));
    const bin = await store.createBin(name, now());
    return goWithNotice(context, `/bins/${bin.id}`, "binAdded");
  });
  routes.route("/", binPage(services));
  return routes;
}

function BinListPage({ page, cursor, publicUrl, name, problem }: ListProps) {
  const { t } = useView();
  return (
    <Page title={t("nav.bins")}>
      <p>{t("bins.text")}</p>
      <Form action="/bins" class="panel row-form">
        <TextField
          id="name"
          label={t("bins.name")}
          value={name}
          hint={t("bins.nameHint")}
          problems={problem === null ? [] : [problem]}
          required
        />
        <button type="submit" class="button primary">
          {t("bins.add")}
        </button>
      </Form>
      {page.data.length === 0 ? (
        <Empty title={t("bins.none")}>
          <p>{t("bins.noneText")}</p>
        </Empty>
      ) : (
        <BinTable bins={page.data} publicUrl={publicUrl} />
      )}
      <Paging path="/bins" query={{ cursor }} nextCursor={page.nextCursor} />
    </Page>
  );
}

function BinTable({ bins, publicUrl }: { bins: readonly Bin[]; publicUrl: string }) {
  const { t, link } = useView();
  return (
    <Table
      caption={t("nav.bins")}
      columns={[t("field.name"), t("field.url"), t("bin.answers"), t("field.created")]}
      rows={bins.map((bin) => [
        <a href={link(`/bins/${bin.id}`)}>
          <bdi>{bin.name}</bdi>
        </a>,
        <Copyable text={binUrl(bin, publicUrl)} label={t("bin.copyNamed", { name: bin.name })} />,
        String(bin.answer.status),
        <RelativeTime at={bin.createdAt} />,
      ])}
    />
  );
}
