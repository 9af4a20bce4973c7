import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { becomeIdle, createOriginals, fire, standIn, takeover } from "./takeover.ts";
import { waitUntil } from "./wait.ts";
import { allow } from "./webhook.ts";

const rest = { authorization: `Basic ${btoa("key:secret")}`, "content-type": "application/json" };

interface Mirrored {
  id: string;
  name: string;
  url: string;
  events: string[];
  active: boolean;
  source: string;
  externalId: string | null;
}

describeE2e("webhooks that are changed in Ultimate Multisite after the takeover", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    const { url: sidecarUrl, bridgeKey } = sidecar;
    wordpress = await startWordPress({ sidecarUrl, bridgeKey, plugins: [standIn] });
    await createOriginals(wordpress, receiver, { first: 1, last: 3 });
    await takeover(wordpress, "on");
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  async function listMirrored(): Promise<Mirrored[]> {
    const { body } = await sidecar.call("GET", "/v1/webhooks?limit=200");
    return (body as { data: Mirrored[] }).data;
  }

  async function findMirrored(id: number | string): Promise<Mirrored | undefined> {
    return (await listMirrored()).find(({ externalId }) => externalId === `1:${id}`);
  }

  /** Paths that one event has reached, as often as it has, and by whom they were sent. */
  async function pathsOf(type = "payment_received"): Promise<{ ours: string[]; theirs: string[] }> {
    const from = receiver.requests.length;
    await fire(wordpress, type);
    await becomeIdle(sidecar);
    const requests = receiver.requests.slice(from);
    const of = (isOurs: boolean) =>
      requests.filter(({ headers }) => "webhook-id" in headers === isOurs).map(({ path }) => path);
    return { ours: of(true).sort(), theirs: of(false).sort() };
  }

  /** What the REST API of Ultimate Multisite is asked for, as Zapier does it. */
  async function callRest(method: string, path: string, body?: object): Promise<{ id: number | string }> {
    const init = { method, headers: rest, ...(body ? { body: JSON.stringify(body) } : {}) };
    const response = await fetch(`${wordpress.url}/wp-json/wu/v2/webhook${path}`, init);
    expect(response.status).toBe(200);
    return (await response.json()) as { id: number | string };
  }

  it("follow Zapier: made, changed and deleted by REST, within seconds", async () => {
    const input = { name: "Zap", webhook_url: `${receiver.url}/zap`, event: "payment_received" };
    const { id } = await callRest("POST", "", { ...input, integration: "zapier" });
    await waitUntil(async () => (await findMirrored(id)) !== undefined, {
      what: "the new one",
      timeoutMs: 5000,
    });
    expect(await findMirrored(id)).toMatchObject({ name: "Zap", url: input.webhook_url, active: true });
    expect(await pathsOf()).toEqual({ ours: ["/1", "/2", "/3", "/zap"], theirs: [] });

    await callRest("PUT", `/${id}`, { webhook_url: `${receiver.url}/zap-2`, event: "site_published" });
    const isChanged = async () => (await findMirrored(id))?.url.endsWith("/zap-2") ?? false;
    await waitUntil(isChanged, { what: "the change", timeoutMs: 5000 });
    expect(await pathsOf()).toEqual({ ours: ["/1", "/2", "/3"], theirs: [] });
    expect(await pathsOf("site_published")).toEqual({ ours: ["/zap-2"], theirs: [] });

    await callRest("DELETE", `/${id}`);
    await waitUntil(async () => (await findMirrored(id)) === undefined, { what: "its end", timeoutMs: 5000 });
    expect(await pathsOf("site_published")).toEqual({ ours: [], theirs: [] });
  });

  it("follow code and the command line, many at once", async () => {
    await wordpress.php(`for ( $i = 1; $i <= 150; $i++ ) {
      wu_create_webhook( array( 'name' => "Many $i", 'webhook_url' => "${receiver.url}/many/$i", 'event' => 'invoice_sent' ) );
    }`);
    const { ours, theirs } = await pathsOf("invoice_sent");
    expect({ ours: new Set(ours).size, all: ours.length, theirs }).toEqual({
      ours: 150,
      all: 150,
      theirs: [],
    });
    await wordpress.php("foreach ( wu_get_webhooks( array( 'number' => 150 ) ) as $each ) $each->delete();");
    expect(await pathsOf("invoice_sent")).toEqual({ ours: [], theirs: [] });
    expect((await listMirrored()).filter(({ name }) => name.startsWith("Many"))).toEqual([]);
  });

  it("are Ultimate Multisite's again while the sidecar has not confirmed a change", async () => {
    await sidecar.kill();
    await wordpress.php(`wu_get_webhook( 1 )->set( 'webhook_url', '${receiver.url}/moved' )->save();`);
    const from = receiver.requests.length;
    await fire(wordpress);
    expect(receiver.requests.slice(from).map(({ path }) => path)).toEqual(["/moved"]);
    await sidecar.restart();
    await wordpress.php("do_action( 'sidehook_flush' );");
    await becomeIdle(sidecar);
    const paths = receiver.requests.slice(from).map(({ path }) => path);
    expect(paths.sort()).toEqual(["/2", "/3", "/moved"]);
    expect(await pathsOf()).toEqual({ ours: ["/2", "/3", "/moved"], theirs: [] });
  });

  it("are sent rightly after the database was edited by hand, and Sidehook's within a minute", async () => {
    await wordpress.query(`UPDATE wp_wu_webhooks SET webhook_url = '${receiver.url}/by-hand' WHERE id = 1`);
    await wordpress.query(`INSERT INTO wp_wu_webhooks (name, webhook_url, event, integration, date_last_failed)
      VALUES ('Imported', '${receiver.url}/imported', 'payment_received', 'manual', NOW())`);
    const from = receiver.requests.length;
    await fire(wordpress);
    await becomeIdle(sidecar);
    const paths = receiver.requests.slice(from).map(({ path }) => path);
    expect(paths.sort()).toEqual(["/2", "/3", "/by-hand", "/imported"]);
    await wordpress.php("do_action( 'sidehook_flush' );");
    expect(await pathsOf()).toEqual({ ours: ["/2", "/3", "/by-hand", "/imported"], theirs: [] });
    await wordpress.query("DELETE FROM wp_wu_webhooks WHERE name = 'Imported'");
    await wordpress.query(`UPDATE wp_wu_webhooks SET webhook_url = '${receiver.url}/1' WHERE id = 1`);
    await wordpress.php("do_action( 'sidehook_flush' );");
    expect((await listMirrored()).map(({ name }) => name).sort()).toEqual([
      "Webhook 1",
      "Webhook 2",
      "Webhook 3",
    ]);
  });

  it("come back within a minute when somebody has deleted or changed them in the sidecar", async () => {
    const [one, two] = [await findMirrored(1), await findMirrored(2)];
    await sidecar.call("DELETE", `/v1/webhooks/${one?.id}`);
    await sidecar.call("PATCH", `/v1/webhooks/${two?.id}`, { url: `${receiver.url}/elsewhere` });
    await wordpress.php("do_action( 'sidehook_flush' );");
    expect(await pathsOf()).toEqual({ ours: ["/1", "/2", "/3"], theirs: [] });
  });

  it("stay with Ultimate Multisite where the sidecar may not reach the receiver", async () => {
    const other = await startReceiver();
    await wordpress.php(
      `wu_create_webhook( array( 'name' => 'Inside', 'webhook_url' => '${other.url}/x', 'event' => 'payment_received' ) );`,
    );
    expect(await pathsOf()).toEqual({ ours: ["/1", "/2", "/3"], theirs: [] });
    expect(other.requests.map(({ headers }) => headers["webhook-id"])).toEqual([undefined]);
    await fire(wordpress);
    expect(other.requests.length).toBe(2);
    await other.close();
    await wordpress.php("wu_get_webhooks()[0]->delete();");
  });

  it("count in Ultimate Multisite's list what Sidehook has delivered, once an hour is over", async () => {
    for (let i = 0; i < 3; i++) await fire(wordpress);
    await becomeIdle(sidecar);
    const countOf = async () =>
      Number(
        (await wordpress.query("SELECT event_count FROM wp_wu_webhooks WHERE id = 2"))[0]?.["event_count"],
      );
    const before = await countOf();
    makeOneHourOlder(sidecar);
    const { body } = await sidecar.call("GET", "/v1/mirror/ultimate-multisite/delivered");
    const { data } = body as { data: { externalId: string; delivered: number }[] };
    const delivered = data.find(({ externalId }) => externalId === "1:2")?.delivered ?? 0;
    expect(delivered).toBeGreaterThanOrEqual(3);
    const said = await wordpress.php(`add_action( 'wu_webhook_post_save', static fn () => print 'saved' );
      Sidehook\\Bridge::instance()->takeover()->settings()->change( array( 'counted_until' => time() - time() % 3600 - 3600 ) );
      do_action( 'sidehook_flush' );
      do_action( 'sidehook_flush' );`);
    expect({ said, count: await countOf() }).toEqual({ said: "", count: before + delivered });
  });

  it("get what Ultimate Multisite never sends: old names, events it only logs, URLs its table does not hold", async () => {
    const long = `${receiver.url}/long?${"x".repeat(300)}`;
    await wordpress.php(`foreach ( array( 'account_created', 'checkout_completed' ) as $event ) {
      wu_create_webhook( array( 'name' => "For $event", 'webhook_url' => "${receiver.url}/$event", 'event' => $event ) );
    }
    $wpdb->suppress_errors();
    for ( $i = 0; $i < 2; $i++ ) echo wu_create_webhook( array( 'name' => 'Long', 'webhook_url' => '${long}', 'event' => 'payment_received' ) )->get_id();`);
    const mirrored = await listMirrored();
    expect(mirrored.find(({ name }) => name === "For account_created")?.events).toEqual(["customer_created"]);
    expect(mirrored.filter(({ name }) => name === "Long").map(({ url }) => url)).toEqual([long]);
    const { ours } = await pathsOf();
    expect(ours.filter((path) => path.startsWith("/long"))).toHaveLength(1);
    const from = receiver.requests.length;
    await wordpress.php(
      "wu_create_event( array( 'slug' => 'checkout_completed', 'payload' => array( 'payment_id' => 5 ) ) );",
    );
    await becomeIdle(sidecar);
    expect(receiver.requests.slice(from).map(({ path }) => path)).toEqual(["/checkout_completed"]);
  });
});

/** Moves the numbers of this hour into the last one. */
function makeOneHourOlder({ dataDir }: Sidecar): void {
  const database = new DatabaseSync(join(dataDir, "sidehook.db"));
  database.exec("UPDATE webhook_hours SET hour_at = hour_at - 3600000");
  database.close();
}
