// The routes about what happens and what becomes of it, for `GET /openapi.json`.
import { z } from "zod";
import { listQuery as deliveryQuery } from "./deliveries.ts";
import { listQuery as eventQuery } from "./events.ts";
import {
  delivery,
  deliveryDetail,
  event,
  eventSummary,
  ingestResults,
  newEvent,
  replay,
  replayPlan,
  statsBucket,
} from "./openapi-delivering.ts";
import { eventType, eventTypeSummary } from "./openapi-managing.ts";
import { listOf, type OperationGroup } from "./openapi-operation.ts";
import { pageQuery } from "./query.ts";
import { input as newReplay } from "./replays.ts";
import { query as statsQuery } from "./stats.ts";

export const ingestRequest = z.union([z.object({ events: z.array(newEvent).min(1).max(500) }), newEvent]);

export const eventOperations: OperationGroup = {
  name: "Events",
  description: "What has happened on the network.",
  operations: [
    {
      id: "sendEvents",
      method: "post",
      path: "/v1/events",
      summary: "Send events",
      description:
        "One event, or up to 500 and 8 MiB; `content-encoding: gzip` is read. The answer comes once what was accepted is durable. With 429 or 503 nothing was taken: send it again after `retry-after`.",
      access: "events:write",
      body: ingestRequest,
      answers: { 202: { text: "What became of each event.", schema: ingestResults } },
      problems: [413, 415, 503],
    },
    {
      id: "listEvents",
      method: "get",
      path: "/v1/events",
      summary: "List events, newest first",
      access: "deliveries:read",
      query: eventQuery,
      answers: { 200: listOf(eventSummary, "A page of events, without their payloads.") },
    },
    {
      id: "getEvent",
      method: "get",
      path: "/v1/events/{id}",
      summary: "Look at an event",
      access: "deliveries:read",
      answers: { 200: { text: "The event, and which webhooks got it.", schema: event } },
    },
    {
      id: "listEventTypes",
      method: "get",
      path: "/v1/event-types",
      summary: "List the catalog",
      access: "webhooks:read",
      answers: { 200: listOf(eventTypeSummary, "Every event type that is described.") },
    },
    {
      id: "getEventType",
      method: "get",
      path: "/v1/event-types/{type}",
      summary: "Look at an event type",
      access: "webhooks:read",
      answers: { 200: { text: "The event type, with schema and sample of its payload.", schema: eventType } },
    },
  ],
};

export const deliveryOperations: OperationGroup = {
  name: "Deliveries",
  description: "One event for one webhook, with every attempt.",
  operations: [
    {
      id: "listDeliveries",
      method: "get",
      path: "/v1/deliveries",
      summary: "List deliveries, newest first",
      access: "deliveries:read",
      query: deliveryQuery,
      answers: { 200: listOf(delivery, "A page of deliveries.") },
    },
    {
      id: "getDelivery",
      method: "get",
      path: "/v1/deliveries/{id}",
      summary: "Look at a delivery",
      access: "deliveries:read",
      answers: {
        200: { text: "The delivery, with all that was sent and answered.", schema: deliveryDetail },
      },
    },
    {
      id: "replayDelivery",
      method: "post",
      path: "/v1/deliveries/{id}/replay",
      summary: "Replay a delivery",
      description: "It is sent again now, with the id of the same event.",
      access: "deliveries:write",
      answers: { 202: { text: "The delivery, due now.", schema: delivery } },
      problems: [409],
    },
    {
      id: "cancelDelivery",
      method: "post",
      path: "/v1/deliveries/{id}/cancel",
      summary: "Cancel a delivery",
      access: "deliveries:write",
      answers: { 200: { text: "The delivery.", schema: delivery } },
      problems: [409],
    },
    {
      id: "createReplay",
      method: "post",
      path: "/v1/replays",
      summary: "Replay many deliveries",
      description: "With `dryRun` it only counts.",
      access: "deliveries:write",
      body: newReplay,
      answers: {
        200: { text: "What a replay would do.", schema: replayPlan },
        202: { text: "The replay, which goes on by itself.", schema: replay },
      },
      problems: [404, 409],
    },
    {
      id: "listReplays",
      method: "get",
      path: "/v1/replays",
      summary: "List replays, newest first",
      access: "deliveries:read",
      query: z.object(pageQuery),
      answers: { 200: listOf(replay, "A page of replays.") },
    },
    {
      id: "getReplay",
      method: "get",
      path: "/v1/replays/{id}",
      summary: "See how far a replay is",
      access: "deliveries:read",
      answers: { 200: { text: "The replay.", schema: replay } },
    },
    {
      id: "cancelReplay",
      method: "post",
      path: "/v1/replays/{id}/cancel",
      summary: "Stop a replay",
      description: "What has become due is sent all the same.",
      access: "deliveries:write",
      answers: { 200: { text: "The replay.", schema: replay } },
      problems: [409],
    },
    {
      id: "readStats",
      method: "get",
      path: "/v1/stats",
      summary: "Count deliveries over time",
      access: "deliveries:read",
      query: statsQuery,
      answers: {
        200: { text: "Every bucket, the oldest first.", schema: z.object({ data: z.array(statsBucket) }) },
      },
    },
  ],
};
