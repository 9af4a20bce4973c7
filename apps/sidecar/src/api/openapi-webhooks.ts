// The routes about what admins make, for `GET /openapi.json`.
import { z } from "zod";
import { changes, mirrored as mirroredInput, newWebhook } from "../webhook-input.ts";
import { answer, newBin } from "./bins.ts";
import { mirrorBody, period } from "./mirror.ts";
import { deliveryDetail, madeWebhook, secret, webhook } from "./openapi-delivering.ts";
import { bin, binRequest, deliveredCount, mirrored, mirrorResults } from "./openapi-managing.ts";
import { listOf, nothing, type OperationGroup } from "./openapi-operation.ts";
import { pageQuery } from "./query.ts";
import { resumeBody, rotateBody, testBody } from "./webhooks.ts";

const page = z.object(pageQuery);
const one = { text: "The webhook, with its health.", schema: webhook };

export const webhookOperations: OperationGroup = {
  name: "Webhooks",
  description: "What an admin makes: a name, a URL, the events it wants.",
  operations: [
    {
      id: "listWebhooks",
      method: "get",
      path: "/v1/webhooks",
      summary: "List webhooks, newest first",
      access: "webhooks:read",
      query: page,
      answers: { 200: listOf(webhook, "A page of webhooks.") },
    },
    {
      id: "createWebhook",
      method: "post",
      path: "/v1/webhooks",
      summary: "Make a webhook",
      access: "webhooks:write",
      body: newWebhook,
      answers: { 201: { text: "The webhook, and its secret.", schema: madeWebhook } },
    },
    {
      id: "getWebhook",
      method: "get",
      path: "/v1/webhooks/{id}",
      summary: "Look at a webhook",
      access: "webhooks:read",
      answers: { 200: one },
    },
    {
      id: "updateWebhook",
      method: "patch",
      path: "/v1/webhooks/{id}",
      summary: "Change a webhook",
      description: "What is left out stays as it is. A delivery that is being sent is not affected.",
      access: "webhooks:write",
      body: changes,
      answers: { 200: one },
    },
    {
      id: "deleteWebhook",
      method: "delete",
      path: "/v1/webhooks/{id}",
      summary: "Delete a webhook",
      description: "What it has not delivered is cancelled; its log stays until it is old.",
      access: "webhooks:write",
      answers: { 204: nothing },
    },
    {
      id: "testWebhook",
      method: "post",
      path: "/v1/webhooks/{id}/test",
      summary: "Send a test event",
      description: "Sends the sample of an event type and waits for the first attempt.",
      access: "webhooks:write",
      body: testBody,
      isBodyOptional: true,
      answers: { 200: { text: "The delivery, with its attempt.", schema: deliveryDetail } },
      problems: [503],
    },
    {
      id: "pauseWebhook",
      method: "post",
      path: "/v1/webhooks/{id}/pause",
      summary: "Pause a webhook",
      description: "It goes on collecting deliveries and sends none.",
      access: "webhooks:write",
      answers: { 200: one },
    },
    {
      id: "resumeWebhook",
      method: "post",
      path: "/v1/webhooks/{id}/resume",
      summary: "Resume a webhook",
      description: "What it has collected is sent, or discarded.",
      access: "webhooks:write",
      body: resumeBody,
      isBodyOptional: true,
      answers: { 200: one },
    },
    {
      id: "getSecret",
      method: "get",
      path: "/v1/webhooks/{id}/secret",
      summary: "Read the secret of a webhook",
      access: "webhooks:write",
      answers: { 200: { text: "The newest secret.", schema: secret } },
    },
    {
      id: "rotateSecret",
      method: "post",
      path: "/v1/webhooks/{id}/secret/rotate",
      summary: "Replace the secret of a webhook",
      description: "Both sign for as long as `overlap` says.",
      access: "webhooks:write",
      body: rotateBody,
      isBodyOptional: true,
      answers: { 200: { text: "The new secret.", schema: secret } },
    },
  ],
};

/** The webhooks of the request are checked one by one, so that its own schema says little of them. */
const mirrorRequest = mirrorBody.extend({ webhooks: z.array(mirroredInput).min(1).max(200) });

export const mirrorOperations: OperationGroup = {
  name: "Mirrored webhooks",
  description: "Webhooks of another system, such as Ultimate Multisite, whose sending Sidehook takes over.",
  operations: [
    {
      id: "mirrorWebhooks",
      method: "put",
      path: "/v1/mirror/{source}",
      summary: "Make webhooks as another system has them",
      description:
        "May be repeated as often as one likes. Whatever is rejected, the other system has to go on sending.",
      access: "webhooks:write",
      body: mirrorRequest,
      answers: { 200: { text: "What became of each, in their order.", schema: mirrorResults } },
    },
    {
      id: "listMirroredWebhooks",
      method: "get",
      path: "/v1/mirror/{source}",
      summary: "List the webhooks of another system",
      access: "webhooks:read",
      answers: { 200: listOf(mirrored, "All of them.") },
    },
    {
      id: "countMirroredDeliveries",
      method: "get",
      path: "/v1/mirror/{source}/delivered",
      summary: "Count what was delivered for another system",
      description: "By whole hours; both times are rounded down.",
      access: "webhooks:read",
      query: period,
      answers: { 200: listOf(deliveredCount, "A number for each webhook.") },
    },
  ],
};

export const binOperations: OperationGroup = {
  name: "Bins",
  description: "Built-in endpoints to look at what arrives.",
  operations: [
    {
      id: "listBins",
      method: "get",
      path: "/v1/bins",
      summary: "List bins, newest first",
      access: "webhooks:read",
      query: page,
      answers: { 200: listOf(bin, "A page of bins.") },
    },
    {
      id: "createBin",
      method: "post",
      path: "/v1/bins",
      summary: "Make a bin",
      access: "webhooks:write",
      body: newBin,
      answers: { 201: { text: "The bin.", schema: bin } },
    },
    {
      id: "getBin",
      method: "get",
      path: "/v1/bins/{id}",
      summary: "Look at a bin",
      access: "webhooks:read",
      answers: { 200: { text: "The bin.", schema: bin } },
    },
    {
      id: "updateBin",
      method: "patch",
      path: "/v1/bins/{id}",
      summary: "Change what a bin answers",
      access: "webhooks:write",
      body: z.strictObject({ answer }),
      answers: { 200: { text: "The bin.", schema: bin } },
    },
    {
      id: "deleteBin",
      method: "delete",
      path: "/v1/bins/{id}",
      summary: "Delete a bin with its requests",
      access: "webhooks:write",
      answers: { 204: nothing },
    },
    {
      id: "listBinRequests",
      method: "get",
      path: "/v1/bins/{id}/requests",
      summary: "List what a bin has received, newest first",
      access: "webhooks:read",
      query: page,
      answers: { 200: listOf(binRequest, "A page of requests.") },
    },
    {
      id: "receiveInBin",
      method: "post",
      path: "/bin/{id}",
      summary: "Send something to a bin",
      description: "Any method does, and any path below it. It answers as it was told.",
      access: "open",
      answers: {
        200: { text: "What the bin was told to answer, with whatever status.", type: "text/plain" },
      },
    },
  ],
};
