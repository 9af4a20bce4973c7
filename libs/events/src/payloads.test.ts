import { describe, expectTypeOf, it } from "vitest";
import type { EventTypeName, KnownEventType, PayloadOf, SidehookEvent } from "./index.ts";

describe("the types of payloads", () => {
  it("know a payload by its event type", () => {
    expectTypeOf<PayloadOf<"payment_received">["payment_id"]>().toEqualTypeOf<number | string>();
    expectTypeOf<PayloadOf<"wp_user_created">["user_id"]>().toEqualTypeOf<number>();
    expectTypeOf<PayloadOf<"demo_site_expiring">["site"]>().toEqualTypeOf<Record<string, unknown>>();
    expectTypeOf<PayloadOf<"wp_site_created">["owner_user_id"]>().toEqualTypeOf<number | null>();
    expectTypeOf<PayloadOf<"domain_created">["domain_active"]>().toEqualTypeOf<"true" | "false">();
  });

  it("let what is not always sent be missing, and nothing else", () => {
    expectTypeOf<PayloadOf<"payment_received">["membership_id"]>().toEqualTypeOf<
      number | string | undefined
    >();
    expectTypeOf<PayloadOf<"payment_failed">["membership_id"]>().toEqualTypeOf<number | string>();
    expectTypeOf<{ user_id: number }>().not.toExtend<PayloadOf<"wp_user_deleted">>();
  });

  it("know the usual values of a state and allow others", () => {
    type Status = PayloadOf<"payment_received">["payment_status"];
    expectTypeOf<"completed">().toExtend<Status>();
    expectTypeOf<"added-by-a-plugin">().toExtend<Status>();
    expectTypeOf<number>().not.toExtend<Status>();
  });

  it("tell the payload of an event by its type", () => {
    type Confirmation = Extract<SidehookEvent, { type: "confirm_email_address" }>;
    expectTypeOf<Confirmation["payload"]>().toEqualTypeOf<PayloadOf<"confirm_email_address">>();
    expectTypeOf<SidehookEvent["id"]>().toEqualTypeOf<string>();
    expectTypeOf<SidehookEvent["type"]>().toEqualTypeOf<KnownEventType>();
  });

  it("refuse an unknown event type where a known one is needed", () => {
    expectTypeOf<"payment_recieved">().not.toExtend<KnownEventType>();
    expectTypeOf<"my_plugin_event">().toExtend<EventTypeName>();
  });
});
