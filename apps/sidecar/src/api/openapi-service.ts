// The routes about the service itself, for `GET /openapi.json`.
import { z } from "zod";
import { bridgeChanges } from "./bridge.ts";
import { bridge, doctor, erasure, health, madeToken, personalExport, token } from "./openapi-managing.ts";
import { listOf, nothing, type Answer, type OperationGroup } from "./openapi-operation.ts";
import { request as personRequest } from "./privacy.ts";
import { newToken } from "./tokens.ts";

const document: Answer = { text: "The document.", schema: z.record(z.string(), z.unknown()) };

export const accessOperations: OperationGroup = {
  name: "Access",
  description: "Tokens for programs.",
  operations: [
    {
      id: "listTokens",
      method: "get",
      path: "/v1/tokens",
      summary: "List tokens",
      access: "admin",
      answers: { 200: listOf(token, "All tokens, without their values.") },
    },
    {
      id: "createToken",
      method: "post",
      path: "/v1/tokens",
      summary: "Make a token",
      access: "admin",
      body: newToken,
      answers: { 201: { text: "The token, and its value.", schema: madeToken } },
    },
    {
      id: "deleteToken",
      method: "delete",
      path: "/v1/tokens/{id}",
      summary: "Delete a token",
      access: "admin",
      answers: { 204: nothing },
    },
  ],
};

export const privacyOperations: OperationGroup = {
  name: "Personal data",
  description: "What is kept about a person.",
  operations: [
    {
      id: "exportPerson",
      method: "post",
      path: "/v1/privacy/export",
      summary: "Read what is kept about a person",
      description: "One call answers a part; go on with its `nextCursor`.",
      access: "bridge or admin",
      body: personRequest,
      answers: { 200: { text: "A part of it.", schema: personalExport } },
    },
    {
      id: "erasePerson",
      method: "post",
      path: "/v1/privacy/erase",
      summary: "Erase what is kept about a person",
      description: "One call erases a part; go on with its `nextCursor`. Doing it twice does no harm.",
      access: "bridge or admin",
      body: personRequest,
      answers: { 200: { text: "What was erased.", schema: erasure } },
    },
  ],
};

export const serviceOperations: OperationGroup = {
  name: "Service",
  description: "The service itself, and its connection to WordPress.",
  operations: [
    {
      id: "getBridge",
      method: "get",
      path: "/v1/bridge",
      summary: "Read what WordPress is to send",
      access: "webhooks:read",
      answers: { 200: { text: "What is wanted.", schema: bridge } },
    },
    {
      id: "updateBridge",
      method: "patch",
      path: "/v1/bridge",
      summary: "Switch the archive on or off",
      access: "admin",
      body: bridgeChanges,
      answers: { 200: { text: "What is wanted now.", schema: bridge } },
    },
    {
      id: "examine",
      method: "get",
      path: "/v1/doctor",
      summary: "Check that all is well",
      access: "webhooks:read",
      answers: { 200: { text: "What each check has found.", schema: doctor } },
    },
    {
      id: "getMetrics",
      method: "get",
      path: "/metrics",
      summary: "Read the metrics",
      access: "bridge or admin",
      answers: { 200: { text: "The text format of Prometheus.", type: "text/plain" } },
    },
    {
      id: "getHealth",
      method: "get",
      path: "/healthz",
      summary: "Ask whether the process runs",
      access: "open",
      answers: { 200: { text: "It runs.", schema: health } },
    },
    {
      id: "getReadiness",
      method: "get",
      path: "/readyz",
      summary: "Ask whether it is ready",
      access: "open",
      answers: {
        200: { text: "The store can be written and the worker runs.", schema: health },
        503: { text: "It is not, and why.", schema: health },
      },
    },
    {
      id: "getOpenApi",
      method: "get",
      path: "/openapi.json",
      summary: "Read this document",
      access: "webhooks:read",
      answers: { 200: document },
    },
    {
      id: "getAsyncApi",
      method: "get",
      path: "/asyncapi.json",
      summary: "Read what webhooks get as AsyncAPI 3",
      access: "webhooks:read",
      answers: { 200: document },
    },
    {
      id: "getDocs",
      method: "get",
      path: "/docs",
      summary: "Read this document as a page",
      access: "webhooks:read",
      answers: { 303: { text: "To the page, which stands among those of the admin." } },
    },
  ],
};
