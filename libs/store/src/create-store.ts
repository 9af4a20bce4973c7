import type { NewId } from "@sidehook/events";
import { createAccess } from "./access.ts";
import { createArchive } from "./archive.ts";
import { createBins } from "./bins.ts";
import type { StoreContext } from "./context.ts";
import { createDeliveries } from "./deliveries.ts";
import type { OpenDatabase } from "./dialects/dialect.ts";
import { createDurationCounts, storeDurations } from "./durations.ts";
import { createHealth } from "./health.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createHold } from "./hold.ts";
import { createHistory } from "./history.ts";
import { createIngest } from "./ingest.ts";
import { createMirror } from "./mirror.ts";
import { createIssues } from "./issues.ts";
import { createOverview } from "./overview.ts";
import { createPastEvents } from "./past-events.ts";
import { createPrivacy } from "./privacy.ts";
import { createQueue } from "./queue.ts";
import { createRecording } from "./record.ts";
import { createUpkeep } from "./retention.ts";
import { createReplays } from "./replays.ts";
import { createSearch } from "./search.ts";
import { createSessions } from "./sessions.ts";
import { createStats } from "./stats.ts";
import type { Store } from "./store.ts";
import { createWebhooks } from "./webhooks.ts";
import { createWebhookCache } from "./webhook-cache.ts";
import { createWebhookSearch } from "./webhook-search.ts";

export interface StoreClock {
  newId: NewId;
  /** The clock, in unix milliseconds. */
  now: () => number;
}

/** The store over a database that has been opened and migrated. */
export function createStore(database: OpenDatabase, { newId, now }: StoreClock): Store {
  const context: StoreContext = {
    ...database,
    newId,
    now,
    webhooks: createWebhookCache(),
    durations: createDurationCounts(),
  };
  const { batch: events, ...ingest } = createIngest(context);
  return {
    ...ingest,
    ...createRecording(context),
    ...createQueue(context),
    ...createDeliveries(context),
    ...createWebhooks(context),
    ...createMirror(context),
    ...createHealth(context),
    ...createHold(context),
    ...createHistory(context),
    ...createSearch(context),
    ...createIssues(context),
    ...createReplays(context),
    ...createStats(context),
    ...createOverview(context),
    ...createHeartbeat(context),
    ...createPastEvents(context),
    ...createPrivacy(context),
    ...createSessions(context),
    ...createWebhookSearch(context),
    ...createArchive(context),
    ...createBins(context),
    ...createAccess(context),
    ...createUpkeep(context),
    async close() {
      await events.drain();
      await storeDurations(context).catch(ignore);
      await database.close();
    },
  };
}

/** A measure less is no reason not to close. */
function ignore(): void {}
