import { z } from "zod";
import { deliveryStates, failureClasses } from "@sidehook/delivery";
import { timeQuery } from "./api/query.ts";

/** Which deliveries a replay is about, as the API takes it. */
export const replayFilter = z
  .strictObject({
    webhookId: z.string().max(64).optional(),
    eventType: z.string().max(64).optional(),
    state: z.enum(deliveryStates).optional(),
    failureClass: z.enum(failureClasses).optional(),
    since: timeQuery,
    until: timeQuery,
    siteId: z.number().int().positive().optional(),
    missing: z.literal(true, "must be true or left out").optional(),
  })
  .superRefine(({ missing, webhookId, state, failureClass }, context) => {
    if (!missing) return;
    const add = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (webhookId === undefined) add("webhookId", "must say which webhook has missed something");
    if (state !== undefined) add("state", "must be left out: what is missing has no state");
    if (failureClass !== undefined) add("failureClass", "must be left out: what is missing has not failed");
  });
