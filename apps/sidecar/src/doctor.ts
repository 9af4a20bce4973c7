import { statSync, type Stats } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Webhook } from "@sidehook/delivery";
import type { Store, WebhookState } from "@sidehook/store";
import type { MessageKey } from "./admin/locales/en.ts";
import type { Config } from "./config.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** An attempt may last 30 s, and what is due then gets its turn. */
const lateAfterMs = minuteMs;
/** Even a quiet network asks every now and then which events are wanted. */
const silentAfterMs = dayMs;
const littleBytes = 1024 ** 3;
const maxGone = 10_000;
const hardlyAnyBytes = 100 * 1024 ** 2;

export const checkIds = [
  "database",
  "worker",
  "queue",
  "webhooks",
  "gone",
  "wordpress",
  "disk",
  "keys",
  "address",
  "allow",
] as const;
type CheckId = (typeof checkIds)[number];

/** `warning`: it works, but somebody should look at it. */
export type CheckState = "ok" | "warning" | "failed";

/** What one check has found, as a message that also says what to do. */
export interface Finding {
  id: CheckId;
  state: CheckState;
  key: Extract<MessageKey, `doctor.${CheckId}.${string}`>;
  values?: Readonly<Record<string, string | number>>;
}

/** Everything the checks look at. */
export interface Facts {
  isWritable: boolean;
  /** Null: not known in this process. */
  isWorkerRunning: boolean | null;
  /** For how long the delivery that waits longest could have been sent. */
  lateMs: number;
  webhooks: Readonly<Record<WebhookState, number>>;
  /** How many webhooks the service has switched off because their receivers want nothing more. */
  gone: number;
  /** For how long WordPress has said nothing; null: it never has. */
  silentMs: number | null;
  /** On the disk of the data folder; null where everything is elsewhere. */
  freeBytes: number | null;
  /** Files with keys that others on the machine may read. */
  openKeyFiles: readonly string[];
  publicUrl: string;
  /** Of SIDEHOOK_ALLOW, those that open a whole net. */
  wideRanges: readonly string[];
}

/** Every check on the facts, in the order of `checkIds`; those about something unknown are left out. */
export function examine(facts: Facts): Finding[] {
  const findings = checkIds.map((id) => checks[id](facts));
  return findings.filter((finding) => finding !== null);
}

/** The worst state of all. */
export function worstOf(findings: readonly Finding[]): CheckState {
  const states = new Set(findings.map(({ state }) => state));
  return states.has("failed") ? "failed" : states.has("warning") ? "warning" : "ok";
}

const checks: Readonly<Record<CheckId, (facts: Facts) => Finding | null>> = {
  database: ({ isWritable }) =>
    isWritable
      ? { id: "database", state: "ok", key: "doctor.database.ok" }
      : { id: "database", state: "failed", key: "doctor.database.failed" },
  worker({ isWorkerRunning }) {
    if (isWorkerRunning === null) return null;
    if (isWorkerRunning) return { id: "worker", state: "ok", key: "doctor.worker.ok" };
    return { id: "worker", state: "failed", key: "doctor.worker.failed" };
  },
  queue: ({ lateMs }) =>
    lateMs < lateAfterMs
      ? { id: "queue", state: "ok", key: "doctor.queue.ok" }
      : {
          id: "queue",
          state: "warning",
          key: "doctor.queue.late",
          values: { minutes: Math.floor(lateMs / minuteMs) },
        },
  webhooks({ webhooks }) {
    const count = webhooks.failing + webhooks.held;
    if (count === 0) return { id: "webhooks", state: "ok", key: "doctor.webhooks.ok" };
    return { id: "webhooks", state: "warning", key: "doctor.webhooks.failing", values: { count } };
  },
  gone: ({ gone: count }) =>
    count === 0 ? null : { id: "gone", state: "warning", key: "doctor.gone.found", values: { count } },
  wordpress({ silentMs }) {
    if (silentMs === null) return { id: "wordpress", state: "warning", key: "doctor.wordpress.never" };
    if (silentMs < silentAfterMs) return { id: "wordpress", state: "ok", key: "doctor.wordpress.ok" };
    const days = Math.floor(silentMs / dayMs);
    return { id: "wordpress", state: "warning", key: "doctor.wordpress.silent", values: { days } };
  },
  disk({ freeBytes }) {
    if (freeBytes === null) return null;
    if (freeBytes >= littleBytes) return { id: "disk", state: "ok", key: "doctor.disk.ok" };
    const state = freeBytes < hardlyAnyBytes ? "failed" : "warning";
    return {
      id: "disk",
      state,
      key: "doctor.disk.little",
      values: { mib: Math.floor(freeBytes / 1024 ** 2) },
    };
  },
  keys: ({ openKeyFiles }) =>
    openKeyFiles.length === 0
      ? { id: "keys", state: "ok", key: "doctor.keys.ok" }
      : { id: "keys", state: "warning", key: "doctor.keys.open", values: { files: openKeyFiles.join(", ") } },
  address: ({ publicUrl }) =>
    isPlainToOthers(publicUrl)
      ? { id: "address", state: "warning", key: "doctor.address.plain", values: { url: publicUrl } }
      : { id: "address", state: "ok", key: "doctor.address.ok" },
  allow: ({ wideRanges }) =>
    wideRanges.length === 0
      ? { id: "allow", state: "ok", key: "doctor.allow.ok" }
      : {
          id: "allow",
          state: "warning",
          key: "doctor.allow.wide",
          values: { ranges: wideRanges.join(", ") },
        },
};

function isPlainToOthers(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  const isLoopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  return protocol === "http:" && !isLoopback;
}

interface Examined {
  store: Store;
  config: Config;
  publicUrl: string;
  isWorkerRunning: (() => boolean) | null;
  now: () => Date;
}

/** Looks at the store, the disk and the settings. */
export async function gatherFacts({
  store,
  config,
  publicUrl,
  isWorkerRunning,
  now,
}: Examined): Promise<Facts> {
  const time = now().getTime();
  const isWritable = await store.checkWritable().then(
    () => true,
    () => false, // what it was is told by the log; the check tells what to do
  );
  const [lateMs, webhooks, gone, seenAt] = await Promise.all([
    store.readDelayMs(now()),
    store.countWebhookStates(),
    listGone(store, now()),
    store.readBridgeSeenAt(),
  ]);
  return {
    isWritable,
    isWorkerRunning: isWorkerRunning?.() ?? null,
    lateMs,
    webhooks,
    gone: gone.length,
    silentMs: seenAt && Math.max(0, time - seenAt.getTime()),
    freeBytes: config.databaseUrl.startsWith("sqlite:") ? await readFreeBytes(config.dataDir) : null,
    openKeyFiles: listOpenKeyFiles(config.dataDir),
    publicUrl,
    wideRanges: config.allow.filter(({ range }) => isWide(range)).map(({ range }) => range.text),
  };
}

/** Webhooks that the service has switched off, not a person. */
export async function listGone(store: Pick<Store, "searchWebhooks">, now: Date): Promise<Webhook[]> {
  const search = { state: "disabled", order: "newest", offset: 0, limit: maxGone } as const;
  const { data } = await store.searchWebhooks(search, now);
  return data.filter(({ disabledReason }) => disabledReason !== null);
}

async function readFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** On Windows modes mean nothing, and every file is as it should be. */
function listOpenKeyFiles(dataDir: string): string[] {
  if (process.platform === "win32") return [];
  return ["bridge.key", "admin.token"].filter((name) => {
    const stats: Stats | undefined = statSync(join(dataDir, name), { throwIfNoEntry: false });
    return stats !== undefined && (stats.mode & 0o077) !== 0;
  });
}

/** A private net of a company is one thing, a large part of the internet another. */
function isWide({ family, prefixLength }: { family: 4 | 6; prefixLength: number }): boolean {
  return prefixLength < (family === 6 ? 16 : 8);
}
