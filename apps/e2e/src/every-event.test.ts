import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventTypes, findEventType, payloadSchema } from "@sidehook/events";
import { startReceiver, type ReceivedRequest, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { addOnScenarios } from "./every-event-add-ons.ts";
import { contentScenarios } from "./every-event-content.ts";
import { prelude, type Scenario } from "./every-event-scenario.ts";
import { ultimateMultisiteScenarios } from "./every-event-ultimate-multisite.ts";
import { wordpressScenarios } from "./every-event-wordpress.ts";
import { proof } from "./proof.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

const standIns = ["ultimate-multisite-stand-in", "woocommerce-stand-in", "add-ons-stand-in"].map((name) =>
  join(import.meta.dirname, "../plugins", name),
);
const realScenarios = [...wordpressScenarios, ...contentScenarios];
const standInScenarios = [...ultimateMultisiteScenarios, ...addOnScenarios];
/** Fired by `wp-login.php` itself, and so by a request. */
const confirmed = "wp_privacy_request_confirmed";

describeE2e("every event of the catalog, from what happens to a receiver", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;
  const validated = new Map<string, number>();

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    await createWebhook(sidecar, { url: receiver.url, events: ["*"] });
    const { url: sidecarUrl, bridgeKey } = sidecar;
    wordpress = await startWordPress({ sidecarUrl, bridgeKey, plugins: standIns });
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  async function countUnfinished(): Promise<number> {
    const { body } = await sidecar.call("GET", "/v1/deliveries?limit=200");
    const { data } = body as { data: { state: string }[] };
    return data.filter(({ state }) => state !== "delivered").length;
  }

  /** Types of the newest events, as the sidecar got them. */
  async function listNewest(count: number): Promise<string[]> {
    const { body } = await sidecar.call("GET", "/v1/events?limit=50");
    const types = (body as { data: { type: string }[] }).data.map(({ type }) => type);
    return types.slice(0, count).toReversed();
  }

  /** The command line hands its events over before it ends: what has not come by then was never recorded. */
  async function play({ code, path = "/" }: Scenario): Promise<readonly ReceivedRequest[]> {
    const before = receiver.requests.length;
    await wordpress.php(prelude + code, { path });
    await waitUntil(async () => (await countUnfinished()) === 0, { what: "all deliveries" });
    return receiver.requests.slice(before);
  }

  it.for([...realScenarios, ...standInScenarios])("$title", async (scenario) => {
    const requests = await play(scenario);
    expect(requests.map(typeOf).sort()).toEqual([...scenario.events].sort());
    for (const request of requests) expectValid(request);
    const order = (types: readonly string[]) => (scenario.isInOrder ? types : types.toSorted());
    expect(order(await listNewest(requests.length))).toEqual(order(scenario.events));
    for (const [type, holds] of Object.entries(scenario.holds ?? {})) {
      const payloads = requests.filter((request) => typeOf(request) === type).map(payloadOf);
      expect(payloads.at(-1)).toMatchObject(holds);
    }
  });

  it("a person confirms a request about their data, by the link in the mail", async () => {
    const link = await wordpress.php(
      `${prelude} $id = wp_create_user_request( 'kim@example.com', 'export_personal_data' );
       echo add_query_arg( array( 'action' => 'confirmaction', 'request_id' => $id, 'confirm_key' => wp_generate_user_request_key( $id ) ), wp_login_url() );`,
    );
    const before = receiver.requests.length;
    expect((await fetch(link)).status).toBe(200);
    const [request, ...more] = (await receiver.waitFor(before + 1)).slice(before);
    expect(more).toEqual([]);
    if (!request) throw new Error("nothing came");
    expect(typeOf(request)).toBe(confirmed);
    expectValid(request);
    expect(payloadOf(request)).toMatchObject({ action: "export_personal_data" });
  });

  it("is each proven as the table of proofs says, what Sidehook tells of itself elsewhere", () => {
    const real = new Set([...realScenarios.flatMap(({ events }) => events), confirmed]);
    const standIn = new Set(standInScenarios.flatMap(({ events }) => events));
    const heard = eventTypes.filter(({ status }) => status !== "own");
    const proven = heard.map(({ type }) => {
      if (!validated.has(type)) return [type, "described only"];
      return [type, real.has(type) ? "real" : standIn.has(type) ? "stand-in" : "by chance"];
    });
    const promised = Object.entries(proof)
      .filter(([, how]) => how !== "sidecar" && how !== "bridge")
      .map(([type, how]) => [type, typeof how === "string" ? how : "described only"]);
    expect(proven).toEqual(promised);
    const count = (how: string) => promised.filter(([, each]) => each === how).length;
    console.log(
      `${heard.length} event types described: ${count("real")} fired by WordPress itself, ` +
        `${count("stand-in")} by stand-ins, ${count("described only")} not fired; ` +
        `${validated.size} validated in ${receiver.requests.length} deliveries`,
    );
  });

  it("left nothing behind in WordPress's database", async () => {
    const rows = await wordpress.query("SELECT type, state FROM wp_sidehook_outbox WHERE state <> 'valve'");
    expect(rows).toEqual([]);
  });

  it("never told anybody a password or a hash of one, and PHP has nothing to say about the bridge", () => {
    for (const { body } of receiver.requests) {
      expect(body).not.toMatch(/correct-horse|staple-battery|user_pass|\$P\$|\$wp\$|Nobody may read/);
    }
    expect(wordpress.readErrors()).not.toContain("sidehook");
  });

  function expectValid(request: ReceivedRequest): void {
    const type = typeOf(request);
    const eventType = findEventType(type);
    if (!eventType) throw new Error(`${type} is not in the catalog`);
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile(payloadSchema(eventType));
    const isValid = validate(payloadOf(request));
    expect({ type, problems: validate.errors ?? [] }).toEqual({ type, problems: [] });
    if (isValid) validated.set(type, (validated.get(type) ?? 0) + 1);
  }
});

function typeOf({ headers }: ReceivedRequest): string {
  return headers["sidehook-event"] ?? "";
}

function payloadOf({ body }: ReceivedRequest): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>;
}
