import { afterAll, beforeAll, expect, it } from "vitest";
import { Ajv2020 } from "ajv/dist/2020.js";
import { findEventType, payloadSchema } from "@sidehook/events";
import { startReceiver, type Receiver, type ReceivedRequest } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { allow, createWebhook } from "./webhook.ts";

const loadAdmin =
  "require_once ABSPATH . 'wp-admin/includes/ms.php'; require_once ABSPATH . 'wp-admin/includes/user.php';";

describeE2e("what WordPress's own functions do", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    await createWebhook(sidecar, { url: receiver.url, events: ["wp_*"] });
    wordpress = await startWordPress({ sidecarUrl: sidecar.url, bridgeKey: sidecar.bridgeKey });
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  /** Runs the code and answers what came of one event type by it. */
  async function receivedAfter(type: string, code: string): Promise<ReceivedRequest[]> {
    const before = receiver.requests.length;
    await wordpress.php(loadAdmin + code);
    const isOfType = ({ headers }: ReceivedRequest) => headers["sidehook-event"] === type;
    await receiver.waitFor((requests) => requests.slice(before).some(isOfType));
    return receiver.requests.slice(before).filter(isOfType);
  }

  async function expectEvent(type: string, code: string): Promise<Record<string, unknown>> {
    const [request, ...more] = await receivedAfter(type, code);
    expect(more).toEqual([]);
    const payload = JSON.parse(request?.body ?? "null") as Record<string, unknown>;
    expectValid(type, payload);
    return payload;
  }

  it("wp_user_created, once, with name and address and no password hash", async () => {
    const code = "wpmu_create_user( 'asha', 'correct-horse', 'asha@example.com' );";
    const payload = await expectEvent("wp_user_created", code);
    expect(payload).toMatchObject({ login: "asha", email: "asha@example.com" });
    const [row] = await wordpress.query("SELECT user_pass FROM wp_users WHERE user_login = 'asha'");
    expect(row?.["user_pass"]).toMatch(/^\$/);
    for (const { body } of receiver.requests) {
      expect(body).not.toContain(row?.["user_pass"]);
      expect(body).not.toMatch(/user_pass|\$P\$|\$wp\$/);
    }
  });

  it("wp_user_added_to_site", async () => {
    const code = "add_user_to_blog( 2, get_user_by( 'login', 'asha' )->ID, 'editor' );";
    expect(await expectEvent("wp_user_added_to_site", code)).toMatchObject({
      site_id: 2,
      role: "editor",
      login: "asha",
    });
  });

  it("wp_site_created, with its title", async () => {
    const code =
      "wpmu_create_blog( DOMAIN_CURRENT_SITE, '/garden/', 'Garden & <Co>', 1, array( 'public' => 1 ) );";
    const payload = await expectEvent("wp_site_created", code);
    expect(payload).toMatchObject({ path: "/garden/", owner_user_id: 1, public: true, network_id: 1 });
    expect(payload["title"]).toContain("Garden");
  });

  it("wp_site_archived", async () => {
    const code = "update_blog_status( get_id_from_blogname( 'garden' ), 'archived', '1' );";
    expect(await expectEvent("wp_site_archived", code)).toMatchObject({ path: "/garden/" });
  });

  it("wp_site_deleted, with what the site was", async () => {
    const code = "wpmu_delete_blog( get_id_from_blogname( 'garden' ), true );";
    const payload = await expectEvent("wp_site_deleted", code);
    expect(payload).toMatchObject({ path: "/garden/" });
    expect(payload["title"]).toContain("Garden");
  });

  it("wp_user_deleted, once, with what the user was", async () => {
    const code = "wpmu_delete_user( get_user_by( 'login', 'asha' )->ID );";
    expect(await expectEvent("wp_user_deleted", code)).toMatchObject({
      login: "asha",
      email: "asha@example.com",
    });
  });

  it("nothing of what is rolled back", async () => {
    const code = `
      $GLOBALS['wpdb']->query( 'START TRANSACTION' );
      wpmu_create_user( 'phantom', 'correct-horse', 'phantom@example.com' );
      $GLOBALS['wpdb']->query( 'ROLLBACK' );
      wpmu_create_user( 'binu', 'correct-horse', 'binu@example.com' );`;
    expect(await expectEvent("wp_user_created", code)).toMatchObject({ login: "binu" });
    expect(receiver.requests.some(({ body }) => body.includes("phantom"))).toBe(false);
  });
});

function expectValid(type: string, payload: unknown): void {
  const eventType = findEventType(type);
  if (!eventType) throw new Error(`${type} is not in the catalog`);
  const validate = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(
    payloadSchema(eventType),
  );
  const isValid = validate(payload);
  expect(validate.errors ?? []).toEqual([]);
  expect(isValid).toBe(true);
}
