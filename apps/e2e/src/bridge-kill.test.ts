import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import type { Service } from "../../../tools/wordpress-process.ts";
import { startMariadb } from "../../../tools/wordpress-template.ts";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

const actionsPlugin = join(import.meta.dirname, "../plugins/actions");
const actions = 1_000;
const atOnce = 4;
const steps = "begin changed recorded ended claiming claimed sending answered deleting deleted".split(" ");

type Victim = "php" | "mariadb" | "sidecar";
interface Kill {
  victim: Victim;
  step: string;
  end: "COMMIT" | "ROLLBACK" | "auto";
  isLate?: boolean;
}

/** Nothing is claimed or sent for a transaction that is rolled back. */
const kills: Kill[] = [
  ...(["php", "mariadb", "sidecar"] as const).flatMap((victim) => [
    ...steps.map((step): Kill => ({ victim, step, end: "COMMIT" })),
    ...["changed", "recorded"].map((step): Kill => ({ victim, step, end: "ROLLBACK" })),
  ]),
  ...Array.from({ length: 4 }, (): Kill => ({
    victim: "sidecar",
    step: "sending",
    end: "COMMIT",
    isLate: true,
  })),
  // Done for good, and then the database is not there to keep the event.
  ...Array.from({ length: 4 }, (): Kill => ({ victim: "mariadb", step: "changed", end: "auto" })),
];

describeE2e(`PHP, MariaDB and the sidecar killed at each step of ${actions} actions`, () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;
  let mariadb: Service | undefined;
  let number = 0;

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar({ ...allow(receiver), SIDEHOOK_RETRY_SCHEDULE: "1s,1s,1s,1s,1s" });
    await createWebhook(sidecar, { url: receiver.url, events: ["*"] });
    wordpress = await startWordPress({
      sidecarUrl: sidecar.url,
      bridgeKey: sidecar.bridgeKey,
      plugins: [actionsPlugin],
    });
    await wordpress.query("CREATE TABLE actions (number INT PRIMARY KEY) ENGINE=InnoDB");
  });
  afterAll(async () => {
    await mariadb?.stop("SIGKILL");
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  it("delivers every action that was committed, and none that was not", { timeout: 290_000 }, async () => {
    const others = Math.floor(actions / kills.length);
    for (const kill of kills) {
      await Promise.all([actAndDie(kill), heal(kill), actMany(others - 1)]);
    }
    await actMany(actions - number);
    expect(countReached()).toBe(kills.length);

    const committed = (await wordpress.query("SELECT number FROM actions")).map((row) =>
      Number(row["number"]),
    );
    const [waiting, spooled] = [await listWaiting(), countSpooled()];
    const accepted = await listAccepted();
    const recorded = new Set([...waiting, ...accepted]);
    expect(recorded.size + spooled).toBe(committed.length);

    await drain();
    await receiver.waitFor((requests) => numbersOf(requests).size >= committed.length, 60_000);
    expect([...numbersOf(receiver.requests)].toSorted(byNumber)).toEqual(committed.toSorted(byNumber));
    expect((await listAccepted()).length).toBe(committed.length);
    const ids = new Set(receiver.requests.map(({ headers }) => headers["webhook-id"]));
    expect(ids.size).toBe(committed.length);
    console.log(
      `${number} actions, ${kills.length} kills; ${committed.length} committed = ${accepted.length} accepted + ` +
        `${recorded.size - accepted.length} waiting + ${spooled} in files; all of them delivered, ` +
        `${receiver.requests.length - ids.size} twice with the same id; rolled back and delivered: 0`,
    );
  });

  async function act(end: Kill["end"], kill?: Kill): Promise<void> {
    number++;
    const target = kill ? `&step=${kill.step}&pid=${pidOf(kill.victim)}${kill.isLate ? "&late" : ""}` : "";
    const page = await fetch(`${wordpress.url}/?act=${number}&end=${end}${target}`).catch(() => null);
    await page?.text().catch(() => "");
  }

  /** Again when it did not come to the step: another page may have sent for it, or nobody tries while the sidecar is away. */
  async function actAndDie(kill: Kill): Promise<void> {
    const reached = countReached();
    do {
      await wordpress.query("DELETE FROM wp_sitemeta WHERE meta_key = 'sidehook_breaker'");
      await act(kill.end, kill);
      await waitUntil(() => countReached() > reached, { what: kill.step, timeoutMs: 500 }).catch(() => null);
    } while (countReached() === reached);
  }

  async function actMany(count: number): Promise<void> {
    let left = count;
    const actOn = async () => {
      while (left-- > 0) await act(left % 4 === 0 ? "ROLLBACK" : "COMMIT");
    };
    await Promise.all(Array.from({ length: atOnce }, actOn));
  }

  function pidOf(victim: Victim): number {
    if (victim === "php") return 0;
    if (victim === "sidecar") return sidecar.readPid();
    return Number(readFileSync(join(dirname(wordpress.root), "mysql.pid"), "utf8"));
  }

  /** Starts what was killed as soon as it is dead, as a service manager does. */
  async function heal({ victim, step }: Kill): Promise<void> {
    if (victim === "php") return;
    const pid = pidOf(victim);
    await waitUntil(() => !isAlive(pid), { what: `${victim} to be killed at ${step}` });
    if (victim === "sidecar") await sidecar.restart();
    else mariadb = await startMariadb(dirname(wordpress.root));
    // MariaDB says who it is a moment after it answers, and says it in two steps.
    await waitUntil(() => pidOf(victim) > 0 && pidOf(victim) !== pid, { what: `${victim} to be known` });
  }

  function countReached(): number {
    const file = join(wordpress.root, "reached");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0;
  }

  function countSpooled(): number {
    const folder = join(wordpress.root, "wp-content/uploads/sidehook-spool");
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("evt_")).length : 0;
  }

  async function listWaiting(): Promise<string[]> {
    const rows = await wordpress.query("SELECT event_id FROM wp_sidehook_outbox WHERE state = 'pending'");
    return rows.map((row) => String(row["event_id"]));
  }

  async function listAccepted(): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await sidecar.call("GET", `/v1/events?limit=200${cursor && `&cursor=${cursor}`}`);
      const page = body as { data: { id: string }[]; nextCursor: string | null };
      ids.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    return ids;
  }

  /** As a minute later: the claims of the dead have run out, and WP-Cron comes. */
  async function drain(): Promise<void> {
    await waitUntil(
      async () => {
        await wordpress.query(
          "UPDATE wp_sidehook_outbox SET claimed_until = NULL, available_at = UTC_TIMESTAMP()",
        );
        await wordpress.php("do_action( 'sidehook_flush' );");
        return (await listWaiting()).length === 0 && countSpooled() === 0;
      },
      { what: "an empty outbox" },
    );
  }
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // there is no such process
  }
}

function numbersOf(requests: Receiver["requests"]): Set<number> {
  return new Set(requests.map(({ body }) => (JSON.parse(body) as { number: number }).number));
}

function byNumber(a: number, b: number): number {
  return a - b;
}
