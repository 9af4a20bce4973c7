import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventTypes } from "@sidehook/events";
import { startAdmin, type TestAdmin } from "./testing.ts";

let admin: TestAdmin;
beforeAll(async () => (admin = await startAdmin()));
afterAll(() => admin.close());

const linkTo = (type: string) => `href="/admin/event-types/${type}"`;

describe("the catalog", () => {
  it("lists every event type", async () => {
    const { html } = await admin.get("/admin/event-types");
    for (const { type } of eventTypes) expect(html).toContain(linkTo(type));
  });

  it("finds by words of name, description and fields, in any order", async () => {
    const { html } = await admin.get("/admin/event-types?q=received%20payment");
    expect(html).toContain(linkTo("payment_received"));
    expect(html).not.toContain(linkTo("wp_site_created"));
    expect((await admin.get("/admin/event-types?q=display_name")).html).toContain(linkTo("wp_user_created"));
    expect((await admin.get("/admin/event-types?q=%3Cnothing%3E")).html).toContain("No event matches");
  });

  it("is searched by what an event is called in the reader's language, in English, and by its type", async () => {
    const headers = { cookie: `${admin.cookie}; sidehook_language=ml` };
    for (const words of ["പേയ്‌മെന്റ് ലഭിച്ചു", "payment received", "payment_received"]) {
      const path = `/admin/event-types?q=${encodeURIComponent(words)}`;
      const { html } = await admin.request(path, { headers });
      expect(html).toContain(`${linkTo("payment_received")}>പേയ്‌മെന്റ് ലഭിച്ചു</a>`);
      expect(html).not.toContain(linkTo("wp_site_created"));
    }
    const form = await admin.request("/admin/webhooks/new", { headers });
    expect(form.html).toContain('<label class="check" data-english="Payment Received">');
    expect(form.html).toContain('<optgroup label="പേയ്‌മെന്റുകൾ">');
  });

  it("tells of each event its sample, schema and how to receive it", async () => {
    const { html } = await admin.get("/admin/event-types/payment_received");
    expect(html).toContain("payment_reference_code");
    expect(html).toContain("https://json-schema.org/draft/2020-12/schema");
    expect(html).toContain("@sidehook/events/receiver");
    expect(html).toContain("Sidehook\\Receiver\\receive");
    expect((await admin.get("/admin/event-types/unknown")).status).toBe(404);
  });

  it("names the webhooks that want it, and offers each a test event of it", async () => {
    expect((await admin.get("/admin/event-types/payment_received")).html).toContain(
      "No webhook wants this event yet",
    );
    const url = "https://crm.example/in";
    await admin.post("/admin/webhooks/new", {
      formId: "a",
      name: "Books",
      url,
      patterns: "payment_*",
      active: "on",
    });
    const { html } = await admin.get("/admin/event-types/payment_received");
    expect(html).toContain("Books");
    expect(html).toMatch(/action="\/admin\/webhooks\/wh_[\w-]+\/test"/);
    expect(html).toContain('name="event" value="payment_received"');
    expect((await admin.get("/admin/event-types/wp_site_created")).html).not.toContain("Books");
  });
});
