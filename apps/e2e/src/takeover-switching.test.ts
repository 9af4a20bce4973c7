import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { becomeIdle, countByPath, createOriginals, fire, standIn, takeover } from "./takeover.ts";
import { waitUntil } from "./wait.ts";
import { allow } from "./webhook.ts";

const webhooks = 20;

describeE2e("switching between Ultimate Multisite and Sidehook", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    const { url: sidecarUrl, bridgeKey } = sidecar;
    wordpress = await startWordPress({ sidecarUrl, bridgeKey, plugins: [standIn] });
    await createOriginals(wordpress, receiver, { first: 1, last: webhooks });
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  /** What must hold after any number of events, however they were sent: each reached each receiver once. */
  function expectEachOnce(from: number, events: number): void {
    const keys = receiver.requests.slice(from).map(({ path, body }) => `${path} ${paymentOf(body)}`);
    expect({ requests: keys.length, different: new Set(keys).size }).toEqual({
      requests: events * webhooks,
      different: events * webhooks,
    });
  }

  it("doubles and loses nothing while three processes fire and somebody switches to and fro", async () => {
    const from = receiver.requests.length;
    const switches = 8;
    const firing = [1, 2, 3].map((process) =>
      wordpress.php(`for ( $i = 0; $i < 1000 && ! get_network_option( null, 'enough' ); $i++ ) {
        wu_do_event( 'payment_received', array( 'payment_id' => ${process} * 1000 + $i ) );
        wp_cache_flush();
        usleep( 10000 ); // so that the machine keeps up
      }
      echo $i;`),
    );
    const countOf = (isOurs: boolean) =>
      receiver.requests.slice(from).filter(({ headers }) => "webhook-id" in headers === isOurs).length;
    for (let round = 0; round < switches; round++) {
      const isOn = round % 2 === 0;
      await takeover(wordpress, isOn ? "on" : "off");
      const before = countOf(isOn);
      await waitUntil(() => countOf(isOn) > before + 2 * webhooks, { what: "the other sender" });
    }
    await wordpress.php("update_network_option( null, 'enough', 1 );");
    const events = (await Promise.all(firing)).map(Number).reduce((a, b) => a + b);
    await becomeIdle(sidecar);
    expectEachOnce(from, events);
    console.log(
      `${events} events to ${webhooks} receivers during ${switches} switches: each once; ` +
        `${countOf(false)} requests by Ultimate Multisite, ${countOf(true)} by Sidehook`,
    );
  });

  it("keeps to what was decided for events that wait in the outbox while somebody switches", async () => {
    const from = receiver.requests.length;
    await takeover(wordpress, "off");
    await sidecar.kill();
    await fire(wordpress, "payment_received", 1);
    expect(receiver.requests.length - from).toBe(webhooks);
    await sidecar.restart();
    await takeover(wordpress, "on");
    await sidecar.kill();
    await fire(wordpress, "payment_received", 2);
    await takeover(wordpress, "off");
    await fire(wordpress, "payment_received", 3);
    expect(receiver.requests.length - from).toBe(2 * webhooks);
    await sidecar.restart();
    await wordpress.php("do_action( 'sidehook_flush' );");
    await becomeIdle(sidecar);
    expectEachOnce(from, 3);
  });

  it("takes over none that the sidecar has not confirmed", async () => {
    const from = receiver.requests.length;
    await sidecar.kill();
    expect(await takeover(wordpress, "on")).toContain("No answer");
    await fire(wordpress, "payment_received", 4);
    expectEachOnce(from, 1);
    await sidecar.restart();
    await wordpress.php("do_action( 'sidehook_flush' );");
    await fire(wordpress, "payment_received", 5);
    await becomeIdle(sidecar);
    expectEachOnce(from, 2);
    expect(receiver.requests.at(-1)?.headers).toHaveProperty("webhook-id");
  });

  it("goes over to Ultimate Multisite for an event that the bridge does not record", async () => {
    const from = receiver.requests.length;
    await wordpress.php(`update_network_option( null, 'sidehook_groups_off', array( 'payments' ) );
      wu_do_event( 'payment_received', array( 'payment_id' => 6 ) );
      delete_network_option( null, 'sidehook_groups_off' );`);
    expectEachOnce(from, 1);
    await wordpress.php(
      "wu_do_event( 'payment_received', array( 'payment_id' => 7, 'a' => str_repeat( 'x', 300000 ) ) );",
    );
    expectEachOnce(from, 2);
    await wordpress.query("RENAME TABLE wp_sidehook_taken TO wp_away");
    await fire(wordpress, "payment_received", 8);
    await wordpress.query("RENAME TABLE wp_away TO wp_sidehook_taken");
    await becomeIdle(sidecar);
    expectEachOnce(from, 3);
    expect(receiver.requests.at(-1)?.headers).not.toHaveProperty("webhook-id");
  });

  it("tells nobody of what was undone, and Ultimate Multisite does not either", async () => {
    const from = receiver.requests.length;
    await wordpress.php(`$wpdb->query( 'START TRANSACTION' );
      wu_do_event( 'payment_received', array( 'payment_id' => 9 ) );
      $wpdb->query( 'ROLLBACK' );
      wu_do_event( 'payment_received', array( 'payment_id' => 10 ) );`);
    await becomeIdle(sidecar);
    expectEachOnce(from, 1);
  });

  it("sends each of two events once when one causes the other, before it is sent itself", async () => {
    const from = receiver.requests.length;
    await wordpress.php(`$causes = static function ( $slug, $payload ) {
        if ( 11 === $payload['payment_id'] ) wu_do_event( 'payment_received', array( 'payment_id' => 12 ) );
      };
      add_action( 'wu_event', $causes, 20, 2 );
      wu_do_event( 'payment_received', array( 'payment_id' => 11 ) );
      remove_action( 'wu_event', $causes, 20 );
      add_action( 'wu_event_payment_received', static function ( $payload ) {
        if ( 13 === $payload['payment_id'] ) wu_do_event( 'payment_received', array( 'payment_id' => 14 ) );
      }, 5 );
      wu_do_event( 'payment_received', array( 'payment_id' => 13 ) );`);
    await becomeIdle(sidecar);
    expectEachOnce(from, 4);
  });

  it("sends once what a repaired Ultimate Multisite sends and its models tell of as well", async () => {
    await createOriginals(wordpress, receiver, { first: 31, last: 32, event: "customer_updated" });
    await wordpress.php("do_action( 'sidehook_flush' );");
    const from = receiver.requests.length;
    await wordpress.php(`$sender = WP_Ultimo\\Managers\\Webhook_Manager::get_instance();
      add_action( 'wu_event_customer_updated', array( $sender, 'send_webhooks' ) );
      add_action( 'wu_customer_post_save', static function ( $data, $customer, $is_new ) {
        if ( ! $is_new ) wu_do_event( 'customer_updated', array( 'customer_id' => $customer->get_id() ) );
      }, 10, 3 );
      $customer = new WP_Ultimo\\Models\\Customer( array( 'user_id' => 1, 'user_email' => 'robin@example.com' ) );
      $customer->save();
      $customer->save();`);
    await becomeIdle(sidecar);
    expect(countByPath(receiver, from)).toEqual(
      new Map([
        ["/32", 1],
        ["/31", 1],
      ]),
    );
    await wordpress.php(
      "foreach ( wu_get_webhooks( array( 'number' => 2 ) ) as $webhook ) $webhook->delete();",
    );
  });

  it("sends once what is told twice, by its log and by its events, whichever comes first", async () => {
    await createOriginals(wordpress, receiver, { first: 41, last: 42, event: "checkout_completed" });
    await wordpress.php("do_action( 'sidehook_flush' );");
    const from = receiver.requests.length;
    await wordpress.php(`$payload = static fn ( $id ) => array( 'payment_id' => $id, 'customer_id' => 1 );
      $log = static fn ( $id ) => wu_create_event( array( 'slug' => 'checkout_completed', 'payload' => $payload( $id ) ) );
      $log( 50 );
      wu_do_event( 'checkout_completed', $payload( 50 ) );
      wu_do_event( 'checkout_completed', $payload( 51 ) );
      $log( 51 );`);
    await becomeIdle(sidecar);
    const seen = receiver.requests.slice(from).map(({ path, body }) => `${path} ${paymentOf(body)}`);
    expect(seen.sort()).toEqual(["/41 50", "/41 51", "/42 50", "/42 51"]);
    await wordpress.php(
      "foreach ( wu_get_webhooks( array( 'number' => 2 ) ) as $webhook ) $webhook->delete();",
    );
  });

  it("leaves mails and the log of Ultimate Multisite alone", async () => {
    const log =
      "SELECT object_type, COUNT(*) AS n FROM wp_wu_events GROUP BY object_type ORDER BY object_type";
    await wordpress.query("DELETE FROM wp_wu_events");
    await wordpress.php("update_network_option( null, 'stand_in_mails', 1 );");
    await fire(wordpress, "payment_received", 15);
    expect(await wordpress.query(log)).toEqual([
      { object_type: "event", n: "1" },
      { object_type: "mail", n: "1" },
    ]);
  });

  it("is given back by deactivating the plugin, with what waits on its way", async () => {
    await becomeIdle(sidecar);
    const from = receiver.requests.length;
    await fire(wordpress, "payment_received", 16);
    await wordpress.php(
      "require_once ABSPATH . 'wp-admin/includes/plugin.php'; deactivate_plugins( 'sidehook/sidehook.php', false, true );",
    );
    await fire(wordpress, "payment_received", 17);
    await becomeIdle(sidecar);
    expectEachOnce(from, 2);
    await wordpress.php(
      "require_once ABSPATH . 'wp-admin/includes/plugin.php'; activate_plugin( 'sidehook/sidehook.php', '', true );",
    );
    await fire(wordpress, "payment_received", 18);
    expect(countByPath(receiver, from).get("/1")).toBe(3);
    await wordpress.php("do_action( 'sidehook_flush' );");
    await fire(wordpress, "payment_received", 19);
    await becomeIdle(sidecar);
    expectEachOnce(from, 4);
    expect(receiver.requests.at(-1)?.headers).toHaveProperty("webhook-id");
    expect(wordpress.readErrors()).not.toMatch(/PHP \w+: .*sidehook/);
  });
});

function paymentOf(body: string): number {
  return (JSON.parse(body) as { payment_id: number }).payment_id;
}
