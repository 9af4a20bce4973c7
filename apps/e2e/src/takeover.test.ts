import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import {
  becomeIdle,
  countByPath,
  createOriginals,
  fire,
  sentByOriginal,
  standIn,
  takeover,
} from "./takeover.ts";
import { waitUntil } from "./wait.ts";
import { allow } from "./webhook.ts";

const webhooks = 250;

describeE2e("250 webhooks of Ultimate Multisite, taken over and given back", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;
  const said: string[] = [];

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    const { url: sidecarUrl, bridgeKey } = sidecar;
    wordpress = await startWordPress({ sidecarUrl, bridgeKey, plugins: [standIn] });
    await createOriginals(wordpress, receiver, { first: 1, last: webhooks });
  });
  afterAll(async () => {
    console.log(said.join("\n"));
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  /** One event; answers how many receivers got it once, and how many more often. */
  async function sendOne(when: string): Promise<{ once: number; more: number; none: number }> {
    const before = receiver.requests.length;
    await fire(wordpress);
    await becomeIdle(sidecar);
    const counts = [...countByPath(receiver, before).values()];
    const once = counts.filter((count) => count === 1).length;
    const result = { once, more: counts.length - once, none: webhooks - counts.length };
    said.push(
      `${when}: of ${webhooks} receivers ${once} got the event once, ${result.more} more often, ${result.none} not at all`,
    );
    return result;
  }

  it("before: Ultimate Multisite sends, to its newest hundred", async () => {
    expect(await sendOne("before")).toEqual({
      once: sentByOriginal,
      more: 0,
      none: webhooks - sentByOriginal,
    });
  });

  it("during: Sidehook sends, to all", async () => {
    await takeover(wordpress, "on");
    expect(await sendOne("taken over")).toEqual({ once: webhooks, more: 0, none: 0 });
  });

  it("in between: nobody gets an event twice, and none of the newest hundred misses one", async () => {
    const from = receiver.requests.length;
    const firing = wordpress.php(`for ( $i = 0; $i < 1000 && ! get_network_option( null, 'enough' ); $i++ ) {
        wu_do_event( 'payment_received', array( 'payment_id' => $i ) );
        wp_cache_flush();
        usleep( 50000 ); // so that the machine keeps up
      }
      echo $i;`);
    for (const to of ["off", "on", "off", "on"] as const) {
      const isOurs = to === "on";
      await takeover(wordpress, to);
      const sent = () =>
        receiver.requests.slice(from).filter(({ headers }) => "webhook-id" in headers === isOurs);
      const before = sent().length;
      await waitUntil(() => sent().length > before + webhooks, { what: "the other sender" });
    }
    await wordpress.php("update_network_option( null, 'enough', 1 );");
    const events = Number(await firing);
    await becomeIdle(sidecar);
    const keys = receiver.requests.slice(from).map(({ path, body }) => `${path} ${body}`);
    expect(new Set(keys).size).toBe(keys.length);
    const counts = countByPath(receiver, from);
    const ofNewest = Array.from({ length: sentByOriginal }, (_, index) => counts.get(`/${webhooks - index}`));
    expect(new Set(ofNewest)).toEqual(new Set([events]));
    said.push(
      `${events} events during four switches: each once to each of the newest hundred, to nobody twice`,
    );
  });

  it("after: Ultimate Multisite sends again, to its newest hundred", async () => {
    await takeover(wordpress, "off");
    expect(await sendOne("given back")).toEqual({
      once: sentByOriginal,
      more: 0,
      none: webhooks - sentByOriginal,
    });
  });
});
