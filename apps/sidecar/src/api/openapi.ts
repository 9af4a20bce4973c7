import type { z } from "zod";
import { buildOpenApiWebhooks, type OpenApiWebhooks } from "@sidehook/events";
import { version } from "../version.ts";
import { deliveryOperations, eventOperations } from "./openapi-events.ts";
import { problem } from "./openapi-managing.ts";
import type { Access, Answer, Operation, OperationGroup } from "./openapi-operation.ts";
import { namedSchemas, schemaOf, type JsonSchema } from "./openapi-schemas.ts";
import { accessOperations, privacyOperations, serviceOperations } from "./openapi-service.ts";
import { binOperations, mirrorOperations, webhookOperations } from "./openapi-webhooks.ts";

/** Every route of the API, in the order in which they are shown. A test compares the list with what is registered. */
export const operationGroups: readonly OperationGroup[] = [
  eventOperations,
  webhookOperations,
  deliveryOperations,
  binOperations,
  mirrorOperations,
  accessOperations,
  privacyOperations,
  serviceOperations,
];

export interface OpenApiDocument extends Pick<OpenApiWebhooks, "webhooks"> {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: readonly { url: string }[];
  tags: readonly { name: string; description: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  components: {
    schemas: Readonly<Record<string, JsonSchema>>;
    parameters: Readonly<Record<string, object>>;
    responses: Readonly<Record<string, object>>;
    securitySchemes: Readonly<Record<string, object>>;
  };
}

export interface OperationObject {
  operationId: string;
  summary: string;
  description?: string;
  tags: readonly [string];
  security: readonly Readonly<Record<string, readonly string[]>>[];
  parameters?: readonly Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Readonly<Record<string, { description: string; content?: Content } | { $ref: string }>>;
}

export interface Parameter {
  name: string;
  in: "path" | "query";
  required: boolean;
  description: string;
  schema: JsonSchema;
}

type Content = Readonly<Record<string, { schema?: JsonSchema }>>;

/**
 * Builds the OpenAPI 3.1 document of the API, and of what webhooks get.
 *
 * @param publicUrl where the service is reached
 */
export function buildOpenApi(publicUrl: string): OpenApiDocument {
  const { tags, webhooks, components } = buildOpenApiWebhooks();
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const { name, operations } of operationGroups) {
    for (const each of operations) (paths[each.path] ??= {})[each.method] = describe(each, name);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Sidehook", version, description },
    servers: [{ url: publicUrl }],
    tags: [...operationGroups.map(({ name, description }) => ({ name, description })), ...tags],
    paths,
    webhooks,
    components: {
      schemas: { ...namedSchemas(), ...components.schemas },
      parameters: components.parameters,
      responses: Object.fromEntries(
        Object.entries(problemTexts).map(([status, text]) => [`Problem${status}`, problemAnswer(text)]),
      ),
      securitySchemes,
    },
  };
}

const description = `Tells other applications what happens on a WordPress network.

Times are RFC 3339 in UTC. Lists answer a page and take \`limit\` and \`cursor\`. Every error is a problem after RFC 9457. Fields may be added to any answer.`;

const securitySchemes = {
  token: {
    type: "http",
    scheme: "bearer",
    description: "A token with the scope that the route names; `admin` holds every scope.",
  },
  bridge: {
    type: "apiKey",
    in: "header",
    name: "webhook-signature",
    description:
      "The plugin in WordPress signs each request as a Standard Webhook with the bridge key, together with `webhook-id` and `webhook-timestamp`.",
  },
};

const problemTexts: Readonly<Record<number, string>> = {
  400: "Something about the request is wrong; `problems` names all of it.",
  401: "Neither a token that is known nor a valid signature came with it.",
  403: "The token has not the scope for this.",
  404: "There is no such thing.",
  409: "Its present state does not allow this.",
  413: "The request is too large.",
  415: "The body is of a type that is not read.",
  503: "It is not possible now; `retry-after` may say when.",
};

function describe(operation: Operation, tag: string): OperationObject {
  const { id, summary, description, access, body, isBodyOptional, answers } = operation;
  const parameters = [...pathParameters(operation), ...queryParameters(operation)];
  const answered = Object.entries(answers).map(([status, answer]) => [status, answerObject(answer)]);
  const refused = problemStatuses(operation).map((status) => [
    status,
    { $ref: `#/components/responses/Problem${status}` },
  ]);
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    tags: [tag],
    security: securityOf(access),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: !isBodyOptional, content: json(body) } }),
    responses: Object.fromEntries([...answered, ...refused]) as OperationObject["responses"],
  };
}

function securityOf(access: Access): OperationObject["security"] {
  if (access === "open") return [];
  if (access === "admin") return [{ token: ["admin"] }];
  return [{ token: [access === "bridge or admin" ? "admin" : access] }, { bridge: [] }];
}

function problemStatuses({ path, access, query, body, problems = [] }: Operation): number[] {
  return [
    ...(query || body ? [400] : []),
    ...(access === "open" ? [] : [401, 403]),
    ...(path.includes("{id}") || path.includes("{type}") ? [404] : []),
    ...(body && !problems.includes(413) ? [413, 415] : []),
    ...problems,
  ];
}

function pathParameters({ path }: Operation): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => {
    const description = parameterTexts[name] ?? "";
    return { name, in: "path", required: true, description, schema: { type: "string" } };
  });
}

function queryParameters({ query }: Operation): Parameter[] {
  if (!query) return [];
  const { properties = {} } = schemaOf(query) as { properties?: Record<string, JsonSchema> };
  return Object.entries(properties).map(([name, schema]) => {
    return { name, in: "query", required: false, description: parameterTexts[name] ?? "", schema };
  });
}

/** What each parameter means, wherever it is used. */
const parameterTexts: Readonly<Record<string, string>> = {
  id: "Its id.",
  source: "Name of the other system, such as `ultimate-multisite`.",
  limit: "How many items a page has at most.",
  cursor: "`nextCursor` of the page before.",
  type: "An event type.",
  eventType: "An event type.",
  webhookId: "Id of a webhook.",
  siteId: "Number of a site of the network.",
  state: "State of the delivery.",
  failureClass: "Class of the failure.",
  since: "From this time on.",
  until: "Before this time.",
  q: "What is looked for: an id, or a part of the type or the payload.",
  bucket: "Whole hours or days, such as `1h` or `1d`.",
};

function answerObject({ text, schema, type }: Answer): { description: string; content?: Content } {
  if (type !== undefined) return { description: text, content: { [type]: {} } };
  return { description: text, ...(schema && { content: json(schema) }) };
}

function problemAnswer(description: string): { description: string; content: Content } {
  return { description, content: { "application/problem+json": { schema: schemaOf(problem) } } };
}

function json(schema: z.ZodType): Content {
  return { "application/json": { schema: schemaOf(schema) } };
}
