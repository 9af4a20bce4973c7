import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { createDocuments } from "../api/documents.ts";
import {
  operationGroups,
  type OpenApiDocument,
  type OperationObject,
  type Parameter,
} from "../api/openapi.ts";
import type { JsonSchema } from "../api/openapi-schemas.ts";
import type { Services } from "../services.ts";
import { Code } from "./components/code.tsx";
import { FieldTable, Prose, SchemaFields, schemaAnchor, typeOf } from "./components/schema.tsx";
import { Table } from "./components/table.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

const json = { "content-type": "application/json" };

/** `/admin/docs`: the OpenAPI document for people to read, and the documents themselves. In English, as all of the API. */
export function docsPages(services: Services): Hono<AdminEnv> {
  const { readDocument, readOpenApi, readAsyncApi } = createDocuments(services);
  const routes = new Hono<AdminEnv>();
  routes.get("/", (context) => sendPage(context, <DocsPage document={readDocument()} />));
  routes.get("/openapi.json", (context) => context.body(readOpenApi(), 200, json));
  routes.get("/asyncapi.json", (context) => context.body(readAsyncApi(), 200, json));
  return routes;
}

/** Whatever the language of the pages: this stays as it is. */
const english = { lang: "en", dir: "ltr", translate: "no" } as const;

function DocsPage({ document }: { document: OpenApiDocument }) {
  const { t } = useView();
  return (
    <Page title={t("docs.title")}>
      <Introduction document={document} />
      <nav class="jump" aria-label="Parts of the API" {...english}>
        {operationGroups.map(({ name }) => (
          <a href={`#${anchorOf(name)}`}>{name}</a>
        ))}
        <a href="#shapes">Shapes</a>
      </nav>
      {operationGroups.map(({ name, description, operations }) => (
        <section class="panel" aria-labelledby={anchorOf(name)} {...english}>
          <h2 id={anchorOf(name)}>{name}</h2>
          <p>{description}</p>
          {operations.map(({ method, path }) => (
            <Operation method={method} path={path} operation={document.paths[path]?.[method]} />
          ))}
        </section>
      ))}
      <Shapes schemas={shapesOf(document)} />
    </Page>
  );
}

function anchorOf(group: string): string {
  return `api-${group.toLowerCase().replaceAll(" ", "-")}`;
}

function Introduction({ document }: { document: OpenApiDocument }) {
  const { link } = useView();
  const [server] = document.servers;
  return (
    <section class="panel" aria-label="Introduction" {...english}>
      {document.info.description.split("\n\n").map((text) => (
        <p>
          <Prose text={text} />
        </p>
      ))}
      <Code text={`curl -H 'Authorization: Bearer <token>' ${server?.url ?? ""}/v1/webhooks`} />
      <p>
        The same for programs: <a href={link("/docs/openapi.json")}>OpenAPI 3.1</a>, with what webhooks get,
        and <a href={link("/docs/asyncapi.json")}>AsyncAPI 3</a>. What each event brings stands among the{" "}
        <a href={link("/event-types")}>event types</a>.
      </p>
    </section>
  );
}

interface OperationProps {
  method: string;
  path: string;
  operation: OperationObject | undefined;
}

function Operation({ method, path, operation }: OperationProps) {
  if (!operation) return null;
  const { summary, description, parameters = [], requestBody } = operation;
  const body = requestBody?.content["application/json"]?.schema;
  return (
    <details>
      <summary>
        <code>
          {method.toUpperCase()} {path}
        </code>{" "}
        {summary}
      </summary>
      {description !== undefined && (
        <p>
          <Prose text={description} />
        </p>
      )}
      <p>{accessText(operation)}</p>
      {parameters.length > 0 && <Parameters parameters={parameters} of={summary} />}
      {requestBody && body && (
        <>
          <h3>Body</h3>
          <Body name={summary} schema={body} isRequired={requestBody.required} />
        </>
      )}
      <h3>Answers</h3>
      <Answers responses={operation.responses} of={summary} />
    </details>
  );
}

function accessText({ security }: OperationObject): string {
  const scope = security.find((each) => "token" in each)?.["token"]?.[0];
  if (scope === undefined) return "Open to everybody.";
  const isForBridge = security.some((each) => "bridge" in each);
  return `Needs a token with the scope ${scope}${isForBridge ? ", or the bridge's signature" : ""}.`;
}

function Parameters({ parameters, of }: { parameters: readonly Parameter[]; of: string }) {
  const fields = parameters.map(({ name, schema, description, required }) => {
    return { name, schema, description, isRequired: required };
  });
  return (
    <>
      <h3>Parameters</h3>
      <FieldTable caption={`Parameters: ${of}`} column="Parameter" fields={fields} />
    </>
  );
}

/** What has a name is described once, at the end of the page. */
function Body({ name, schema, isRequired }: { name: string; schema: JsonSchema; isRequired: boolean }) {
  return (
    <>
      {"$ref" in schema ? <p>{typeOf(schema)}</p> : <SchemaFields name={name} schema={schema} />}
      {!isRequired && <p class="muted">It may be left out.</p>}
    </>
  );
}

/** Problems are the same everywhere, and only named. */
function Answers({ responses, of }: { responses: OperationObject["responses"]; of: string }) {
  const rows = Object.entries(responses).flatMap(([status, answer]) => {
    if ("$ref" in answer) return [];
    const [[type, { schema }] = ["", {}]] = Object.entries(answer.content ?? {});
    return [[status, <AnswerText text={answer.description} body={schema ? typeOf(schema) : type} />]];
  });
  const problems = Object.entries(responses).filter(([, answer]) => "$ref" in answer);
  return (
    <>
      <Table caption={`Answers: ${of}`} columns={["Status", "Answer"]} rows={rows} />
      {problems.length > 0 && (
        <p>
          Or a {typeOf({ $ref: "Problem" })}: {problems.map(([status]) => status).join(", ")}.
        </p>
      )}
    </>
  );
}

function AnswerText({ text, body }: { text: string; body: Child }) {
  return (
    <span>
      <Prose text={text} /> <span class="muted">{body}</span>
    </span>
  );
}

/** Ours begin with a capital; those of payloads bear the names of event types. */
function shapesOf({ components }: OpenApiDocument): [name: string, schema: JsonSchema][] {
  return Object.entries(components.schemas).filter(([name]) => /^[A-Z]/.test(name));
}

function Shapes({ schemas }: { schemas: readonly [name: string, schema: JsonSchema][] }) {
  return (
    <section class="panel" aria-labelledby="shapes" {...english}>
      <h2 id="shapes">Shapes</h2>
      {schemas.map(([name, schema]) => (
        <>
          <h3 id={schemaAnchor(name)}>{name}</h3>
          <SchemaFields name={name} schema={schema} />
        </>
      ))}
    </section>
  );
}
