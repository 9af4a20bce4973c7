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

  it("after: Ultimate Multisite sends again, to its newest hundred", async () => {
    await takeover(wordpress, "off");
    expect(await sendOne("given back")).toEqual({
      once: sentByOriginal,
      more: 0,
      none: webhooks - sentByOriginal,
    });
  });
});
