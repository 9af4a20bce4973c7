import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { people, startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { becomeIdle, fire, standIn } from "./takeover.ts";
import { allow } from "./webhook.ts";

const page = "/wp-admin/network/admin.php?page=sidehook&path=bridge";
const post = "/wp-admin/admin-post.php";

describeE2e("the takeover on the bridge's page", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;
  let admin: (path: string, fields?: Record<string, string>) => Promise<{ status: number; text: string }>;

  beforeAll(async () => {
    receiver = await startReceiver({ answer: { status: 200, body: "<b>thanks</b>" } });
    sidecar = await startSidecar(allow(receiver));
    const { url: sidecarUrl, bridgeKey } = sidecar;
    wordpress = await startWordPress({ sidecarUrl, bridgeKey, plugins: [standIn] });
    const url = receiver.url;
    const rows = [
      ["Good", `${url}/good?key=secret-in-url`, "payment_received", 1],
      ["Off", `${url}/off`, "payment_received", 0],
      ["Twin", `${url}/off`, "payment_received", 1],
      ["Old", `${url}/old`, "account_created", 1],
      ["Strange", `${url}/strange`, "my_own_event", 1],
      ["Logged", `${url}/logged`, "checkout_completed", 1],
      ["Inside", "http://127.0.0.1:1/inside", "payment_received", 1],
      ["Cut", `${url}/cut/`.padEnd(191, "x"), "payment_received", 1],
      ["<script>alert(1)</script>", `${url}/script`, "payment_received", 1],
    ];
    for (const [name, webhook_url, event, active] of rows) {
      const data = JSON.stringify({ name, webhook_url, event, active });
      await wordpress.php(`wu_create_webhook( json_decode( '${data}', true ) );`);
    }
    admin = await signIn(wordpress, wordpress.adminUser);
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  async function press(action: string, fields: Record<string, string> = {}) {
    const { text } = await admin(page);
    const [, nonce = ""] =
      new RegExp(`value="${action}">.*?name="_wpnonce" value="([^"]+)"`, "s").exec(text) ?? [];
    return admin(post, { action, _wpnonce: nonce, ...fields });
  }

  /** What is said of a webhook in the table. */
  async function notesOf(name: string): Promise<string> {
    const { text } = await admin(page);
    return new RegExp(`<tr><td>\\d+ ${name}</td>.*?</tr>`).exec(text)?.[0] ?? "";
  }

  it("tells before what would become of each, and changes nothing", async () => {
    const { text } = await admin(page);
    expect(text).toContain("Ultimate Multisite has 9 webhooks.");
    expect(text).toContain(
      "After the takeover Sidehook would send to 8 of them, and Ultimate Multisite to 1.",
    );
    expect(await notesOf("Off")).toContain("shown as inactive, which Ultimate Multisite has never heeded");
    expect(await notesOf("Twin")).toContain("Has the same event and URL as webhook 2");
    expect(await notesOf("Old")).toContain("Is for account_created, which is called customer_created today");
    expect(await notesOf("Strange")).toContain("No event of this name is known");
    expect(await notesOf("Logged")).toContain("offers this event and has never sent it");
    expect(await notesOf("Inside")).toContain("Stays with Ultimate Multisite");
    expect(await notesOf("Inside")).toContain("127.0.0.1 is loopback");
    expect(await notesOf("Cut")).toContain("may have been cut off");
    expect(await notesOf("Good")).toContain("begins with http://");
    expect((await sidecar.call("GET", "/v1/mirror/ultimate-multisite")).body).toMatchObject({ data: [] });
  });

  it("never shows what may be a key, and believes no name", async () => {
    const { text } = await admin(page);
    expect(text).not.toContain("secret-in-url");
    expect(text).not.toContain("<script>alert(1)");
    expect(text).toContain("&lt;script&gt;alert(1)");
  });

  it("takes over with one click, and obeys the flag when it was told to", async () => {
    const { text } = await press("sidehook_take_over", { obeys_flag: "1" });
    expect(text).toContain("Sidehook sends to 8 webhooks. 1 stays with Ultimate Multisite: see below why.");
    expect(text).toContain("Sidehook sends to 8 of them, and Ultimate Multisite to 1.");
    await fire(wordpress);
    await becomeIdle(sidecar);
    expect(receiver.requests.map(({ path }) => path.slice(0, 5)).sort()).toEqual([
      "/cut/",
      "/good",
      "/off",
      "/scri",
    ]);
    expect(receiver.requests.every(({ headers }) => "webhook-id" in headers)).toBe(true);
  });

  it("sends a test event of a webhook that was taken over through the sidecar, and no other", async () => {
    const { text: nonce } = await admin("/wp-admin/admin-ajax.php", { action: "stand_in_nonce" });
    const test = (id: string, url: string, event = "payment_received") =>
      admin("/wp-admin/admin-ajax.php", {
        action: "wu_send_test_event",
        nonce,
        webhook_id: id,
        webhook_url: url,
        webhook_event: event,
      });
    const { text } = await test("3", `${receiver.url}/off`);
    expect(JSON.parse(text)).toEqual({ id: 3, response: "200 &lt;b&gt;thanks&lt;/b&gt;" });
    expect(receiver.requests.at(-1)?.headers).toMatchObject({ "sidehook-test": "true" });
    await test("3", `${receiver.url}/not-saved-yet`);
    expect(receiver.requests.at(-1)).toMatchObject({
      path: "/not-saved-yet",
      headers: { "content-type": "application/json" },
    });
    expect(receiver.requests.at(-1)?.headers).not.toHaveProperty("webhook-id");
    await test("5", `${receiver.url}/strange`, "my_own_event");
    expect(receiver.requests.at(-1)?.headers).not.toHaveProperty("webhook-id");
    const count = receiver.requests.length;
    const reader = await signIn(wordpress, people.subscriber);
    await reader("/wp-admin/admin-ajax.php", {
      action: "wu_send_test_event",
      nonce,
      webhook_id: "3",
      webhook_url: `${receiver.url}/off`,
    });
    expect(receiver.requests.length).toBe(count);
  });

  it("gives back with one click", async () => {
    const count = receiver.requests.length;
    expect((await press("sidehook_give_back")).text).toContain("sends to its webhooks itself again");
    await fire(wordpress);
    await becomeIdle(sidecar);
    const requests = receiver.requests.slice(count);
    expect(requests.map(({ headers }) => headers["webhook-id"])).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
    expect((await admin(page)).text).toContain("Now Ultimate Multisite sends to them itself.");
  });

  it("forgets the flag where it is no longer to be obeyed", async () => {
    await press("sidehook_take_over");
    const count = receiver.requests.length;
    await fire(wordpress);
    await becomeIdle(sidecar);
    const paths = receiver.requests.slice(count).map(({ path }) => path.slice(0, 4));
    expect(paths.sort()).toEqual(["/cut", "/goo", "/off", "/off", "/scr"]);
    await press("sidehook_give_back");
  });

  it("is for nobody but network admins, and does nothing that they did not mean", async () => {
    for (const login of [people.subscriber, people.siteAdmin]) {
      const stranger = await signIn(wordpress, login);
      for (const action of ["sidehook_take_over", "sidehook_give_back", "sidehook_compare"]) {
        expect((await stranger(post, { action })).status).toBe(403);
        expect((await admin(post, { action, _wpnonce: "guessed" })).status).toBe(403);
      }
    }
    expect(await wordpress.php("echo Sidehook\\Bridge::instance()->config()->mode();")).toBe("observe");
  });

  it("has no button against what wp-config.php says, and does it by itself", async () => {
    const { url: sidecarUrl, bridgeKey } = sidecar;
    wordpress.configure({ sidecarUrl, bridgeKey, mode: "takeover" });
    const { text } = await admin(page);
    expect(text).toContain("SIDEHOOK_MODE in wp-config.php");
    expect(text).not.toContain('value="sidehook_take_over"');
    await wordpress.php("do_action( 'sidehook_flush' );");
    expect((await admin(page)).text).toContain("Sidehook sends to 8 of them");
    wordpress.configure({ sidecarUrl, bridgeKey, mode: "observe" });
    const count = receiver.requests.length;
    await fire(wordpress);
    await becomeIdle(sidecar);
    const ids = receiver.requests.slice(count).map(({ headers }) => headers["webhook-id"]);
    expect(ids).toEqual(Array.from({ length: 5 }, () => undefined));
    expect(wordpress.readErrors()).not.toMatch(/PHP \w+: .*sidehook/);
  });
});

/** Somebody at the network's web server; answers what a path answers, posted to if there are fields. */
async function signIn(wordpress: WordPress, login: string) {
  const jar = new Map<string, string>();
  const request = async (path: string, fields?: Record<string, string>): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const body = fields ? { method: "POST", body: new URLSearchParams(fields) } : {};
    const answer = await fetch(new URL(path, wordpress.url), {
      ...body,
      headers: { cookie },
      redirect: "manual",
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const location = answer.headers.get("location");
    return location === null ? answer : request(location);
  };
  await request("/wp-login.php");
  await request("/wp-login.php", { log: login, pwd: wordpress.adminPassword, testcookie: "1" });
  return async (path: string, fields?: Record<string, string>) => {
    const answer = await request(path, fields);
    return { status: answer.status, text: await answer.text() };
  };
}
