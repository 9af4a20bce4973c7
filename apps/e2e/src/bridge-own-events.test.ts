import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type ReceivedRequest, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { readDescribed } from "./described.ts";
import { proof } from "./proof.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { allow, createWebhook } from "./webhook.ts";

/** An address nobody listens on. */
const nowhere = "http://127.0.0.1:9";
const constants = { SIDEHOOK_OUTBOX_MAX_ROWS: 10 };

describeE2e("what the bridge tells of its outbox", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;
  const validated = new Set<string>();

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    await createWebhook(sidecar, { url: receiver.url, events: ["sidehook.*"] });
    await createWebhook(sidecar, { url: receiver.url, events: ["*"], name: "Of the network" });
    wordpress = await startWordPress({ sidecarUrl: nowhere, bridgeKey: sidecar.bridgeKey, constants });
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  /** As WP-Cron does each minute: sends what waits, and measures what is left. */
  const runCron = () => wordpress.php("do_action( 'sidehook_flush' );");

  /** The payload of the only event of a type. */
  async function payloadOf(type: string): Promise<Record<string, unknown>> {
    const ofType = ({ headers }: ReceivedRequest) => headers["sidehook-event"] === type;
    await receiver.waitFor(() => receiver.requests.some(ofType), 20_000);
    const [request, ...more] = receiver.requests.filter(ofType);
    expect(more).toEqual([]);
    const payload = readDescribed(type, request?.body ?? "");
    validated.add(type);
    return payload;
  }

  it("is that the outbox is full, and afterwards what was not recorded, to a webhook that names it", async () => {
    await wordpress.php("for ( $i = 0; $i < 10; $i++ ) sidehook_send_event( 'my_own', array( 'i' => $i ) );");
    await runCron();
    await wordpress.php(
      "for ( $i = 0; $i < 3; $i++ ) sidehook_send_event( 'my_own', array( 'lost' => $i ) );",
    );
    wordpress.configure({ sidecarUrl: sidecar.url, bridgeKey: sidecar.bridgeKey, constants });
    await runCron();
    expect(await payloadOf("sidehook.outbox_full")).toMatchObject({
      waiting: 10,
      max_waiting: 10,
      stopped: "all but vital",
    });
    await runCron();
    expect(await payloadOf("sidehook.events_lost")).toMatchObject({ count: 3, events: { my_own: 3 } });
  });

  it("is proven here, all of it", () => {
    const promised = Object.entries(proof).filter(([, how]) => how === "bridge");
    expect(promised.map(([type]) => type).toSorted()).toEqual([...validated].toSorted());
  });
});
