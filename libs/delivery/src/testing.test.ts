import { afterEach, describe, expect, it } from "vitest";
import { requestTo, newRig } from "../test/rig.ts";
import { startReceiver, type Receiver } from "./testing.ts";

const rig = newRig();
let receiver: Receiver;

afterEach(() => receiver.close());

describe("startReceiver", () => {
  it("records what it gets", async () => {
    receiver = await startReceiver();
    await rig.newSender().send(requestTo(`${receiver.url}/in?a=1`));
    expect(receiver.requests).toMatchObject([
      { method: "POST", path: "/in?a=1", headers: { "x-a": "b" }, body: "{}", rawBody: Buffer.from("{}") },
    ]);
    expect(receiver.requests[0]?.receivedAt).toBeInstanceOf(Date);
  });

  it("answers as it is told, and as it is told later", async () => {
    receiver = await startReceiver({ answer: { status: 503, headers: { "retry-after": "1" }, body: "no" } });
    const sender = rig.newSender();
    const statusOf = async () => (await sender.send(requestTo(receiver.url))).response?.status;
    expect(await statusOf()).toBe(503);
    receiver.answerWith(({ body }) => ({ status: body === "{}" ? 202 : 400 }));
    expect(await statusOf()).toBe(202);
    receiver.answerWith((_request, response) => void response.destroy());
    expect(await statusOf()).toBeUndefined();
  });

  it("wakes who waits, by number or condition, also when it has come already", async () => {
    receiver = await startReceiver();
    const two = receiver.waitFor(2);
    const second = receiver.waitFor((requests) => requests.some(({ path }) => path === "/2"));
    const sender = rig.newSender();
    await sender.send(requestTo(`${receiver.url}/1`));
    await sender.send(requestTo(`${receiver.url}/2`));
    expect((await two).map(({ path }) => path)).toEqual(["/1", "/2"]);
    await second;
    await receiver.waitFor(1);
  });

  it("tells what did not come", async () => {
    receiver = await startReceiver();
    await rig.newSender().send(requestTo(receiver.url));
    await expect(receiver.waitFor(2, 30)).rejects.toThrow("waited 30 ms for 2 requests; 1 requests came");
  });

  it("comes back on the same port", async () => {
    receiver = await startReceiver();
    const { port, url } = receiver;
    await receiver.close();
    receiver = await startReceiver({ port });
    expect((await rig.newSender().send(requestTo(url))).response?.status).toBe(200);
  });
});
