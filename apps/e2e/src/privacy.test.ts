import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { createWebhook } from "./webhook.ts";

const address = "Robin.Reed+shop@Example.com";

/** One step of WordPress's own tool, as its page asks for it with the script of the browser. */
const askTool = `
  define( 'DOING_AJAX', true );
  require ABSPATH . 'wp-admin/includes/admin.php';
  require ABSPATH . 'wp-admin/includes/ajax-actions.php';
  wp_set_current_user( 1 );
  $name = getenv( 'TOOL' );
  $_POST = $_REQUEST = array(
    'id'        => getenv( 'REQUEST' ),
    'security'  => wp_create_nonce( "wp-privacy-$name-personal-data-" . getenv( 'REQUEST' ) ),
    'exporter'  => getenv( 'NUMBER' ),
    'eraser'    => getenv( 'NUMBER' ),
    'page'      => getenv( 'PAGE' ),
    'sendAsEmail' => 'false',
  );
  call_user_func( "wp_ajax_wp_privacy_{$name}_personal_data" );`;

interface ToolAnswer {
  success: boolean;
  data: {
    done: boolean;
    items_removed?: boolean;
    items_retained?: boolean;
    messages?: string[];
    data?: { group_id: string; data: { name: string; value: string }[] }[];
  };
}

describeE2e("a person who wants their data, or wants it gone", () => {
  let receiver: Receiver;
  let away: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    receiver = await startReceiver({
      answer: ({ body }) => ({ status: 200, body: `thank you for ${body}` }),
    });
    away = await startReceiver({ answer: { status: 503 } });
    sidecar = await startSidecar({
      SIDEHOOK_LOG: "debug",
      SIDEHOOK_ALLOW: `${new URL(receiver.url).host},${new URL(away.url).host}`,
    });
    const events = ["wp_*"];
    await createWebhook(sidecar, { url: receiver.url, events });
    await createWebhook(sidecar, { url: away.url, events });
    wordpress = await startWordPress({ sidecarUrl: sidecar.url, bridgeKey: sidecar.bridgeKey });
    await makeTraces();
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await Promise.all([receiver.close(), away.close()]);
  });

  /** Delivered, waiting for a receiver, waiting in the outbox: wherever an event can be. */
  async function makeTraces(): Promise<void> {
    const userId = await wordpress.php(
      `echo wp_insert_user( array( 'user_login' => 'robin', 'user_email' => '${address}', 'user_pass' => 'x' ) );`,
    );
    await receiver.waitFor(1);
    await away.waitFor(1);
    await waitUntil(
      async () => (await findTraces()).some((place) => place.endsWith(".db-wal") || place.endsWith(".db")),
      {
        what: "the address to be in the sidecar's database",
      },
    );
    await sidecar.kill();
    await wordpress.php(
      `wp_set_password( 'another', ${userId} ); wp_update_user( array( 'ID' => ${userId}, 'display_name' => 'Robin R.' ) );`,
    );
    await sidecar.restart();
  }

  /** Where the address stands, however it is written. */
  async function findTraces(): Promise<string[]> {
    const tables = ["wp_sidehook_outbox", "wp_sidehook_taken"];
    const rows = await Promise.all(
      tables.map((table) => wordpress.query(`SELECT * FROM ${table}`).catch(() => [])),
    );
    const options = await wordpress.query("SELECT * FROM wp_sitemeta WHERE meta_key LIKE '%sidehook%'");
    const files = readdirSync(sidecar.dataDir).map((name) => [
      name,
      readFileSync(join(sidecar.dataDir, name), "latin1"),
    ]);
    const places = {
      ...Object.fromEntries(tables.map((table, at) => [table, JSON.stringify(rows[at])])),
      "network options": JSON.stringify(options),
      "log of the sidecar": sidecar.readOutput(),
      "log of PHP": wordpress.readErrors(),
      ...(Object.fromEntries(files) as Record<string, string>),
    };
    const forms = [address, encodeURIComponent(address)].map((form) => form.toLowerCase());
    return Object.entries(places)
      .filter(([, text]) => forms.some((form) => text.toLowerCase().includes(form)))
      .map(([place]) => place);
  }

  /** Everything the tool answers, from the request to its end. */
  async function runTool(name: "export" | "erase"): Promise<ToolAnswer["data"][]> {
    const action = name === "erase" ? "remove_personal_data" : "export_personal_data";
    const request = await wordpress.php(`
      $id = wp_create_user_request( '${address}', '${action}' );
      wp_update_post( array( 'ID' => $id, 'post_status' => 'request-confirmed' ) );
      echo $id;`);
    const kind = name === "erase" ? "eraser" : "exporter";
    const count = Number(
      await wordpress.php(`echo count( apply_filters( 'wp_privacy_personal_data_${kind}s', array() ) );`),
    );
    const answers: ToolAnswer["data"][] = [];
    for (let number = 1; number <= count; number++) {
      for (let page = 1; page < 50; page++) {
        const env = { TOOL: name, REQUEST: request, NUMBER: String(number), PAGE: String(page) };
        const answer = JSON.parse(await wordpress.php(askTool, { env })) as ToolAnswer;
        if (!answer.success) throw new Error(JSON.stringify(answer));
        answers.push(answer.data);
        if (answer.data.done) break;
      }
    }
    return answers;
  }

  async function countDeliveries(state: string): Promise<number> {
    const { body } = await sidecar.call("GET", `/v1/deliveries?eventType=wp_user_created&state=${state}`);
    return (body as { data: unknown[] }).data.length;
  }

  it("gets it from WordPress's own tool: what waits and what was delivered, with who was told", async () => {
    const items = (await runTool("export"))
      .flatMap(({ data = [] }) => data)
      .filter(({ group_id }) => group_id === "sidehook");
    const values = items.flatMap(({ data }) => data.map(({ value }) => value));
    const types = items.map(({ data }) => data[0]?.value);
    expect(types).toContain("wp_user_created");
    expect(types).toContain("wp_user_updated");
    expect(
      values.some((value) => value.includes(new URL(receiver.url).host) && value.includes("delivered")),
    ).toBe(true);
    expect(values.some((value) => value.includes("thank you for"))).toBe(true);
  });

  it("is erased by WordPress's own tool without a trace in outbox, database, its log, and the logs", async () => {
    expect(await findTraces()).toEqual(expect.arrayContaining(["wp_sidehook_outbox"]));

    const answers = await runTool("erase");

    expect(answers.some(({ items_removed }) => items_removed)).toBe(true);
    expect(answers.flatMap(({ messages = [] }) => messages)).toEqual([]);
    expect(await findTraces()).toEqual([]);
    expect(await countDeliveries("cancelled")).toBeGreaterThan(0);
    expect(await countDeliveries("pending")).toBe(0);
    await sidecar.kill();
    await sidecar.restart();
    expect(await findTraces()).toEqual([]);
  });

  it("leaves its note in the place of the payload, which cannot be sent again", async () => {
    const { body } = await sidecar.call("GET", "/v1/deliveries?eventType=wp_user_created");
    const [delivery] = (body as { data: { id: string; eventId: string }[] }).data;
    const event = await sidecar.call("GET", `/v1/events/${delivery?.eventId}`);
    expect(event.body).toMatchObject({ payload: '{"sidehook_erased":true}' });
    expect((await sidecar.call("POST", `/v1/deliveries/${delivery?.id}/replay`)).status).toBe(409);
  });
});
