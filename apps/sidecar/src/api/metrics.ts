import { Hono } from "hono";
import { countLimit, type Backlog } from "@sidehook/store";
import { counters, histograms } from "../metrics.ts";
import type { Services } from "../services.ts";
import type { ApiEnv, Caller } from "./auth.ts";
import { histogramSamples, metricsText, type MetricFamily } from "./metrics-text.ts";
import { ProblemError } from "./problem.ts";

const contentType = "text/plain; version=0.0.4; charset=utf-8";

/** `/metrics`: how the service is doing, for Prometheus and whatever reads the same format. */
export function metricsRoutes(services: Services): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", async (context) => {
    if (!mayRead(context.get("caller"))) {
      throw new ProblemError(403, "This needs a token with the scope admin, or the bridge's signature.");
    }
    const text = metricsText([...(await listStored(services)), ...listCounted(services)]);
    return context.body(text, 200, { "content-type": contentType });
  });
  return routes;
}

function mayRead({ scopes }: Caller): boolean {
  return scopes === null || scopes.includes("admin");
}

/** What the store says is the same for all processes that share it. */
async function listStored({ store, now, log }: Services): Promise<MetricFamily[]> {
  const time = now();
  try {
    const [backlog, delayMs] = await Promise.all([store.readBacklog(), store.readDelayMs(time)]);
    const oldestMs = time.getTime() - (backlog.oldestAt ?? time).getTime();
    return [storeUp(1), unfinished(backlog), oldestAge(Math.max(0, oldestMs)), delay(delayMs)];
  } catch (error) {
    // Whoever watches needs the other numbers now more than ever.
    log.error({ err: error }, "metrics.store_not_read");
    return [storeUp(0)];
  }
}

function storeUp(value: 0 | 1): MetricFamily {
  return gauge("sidehook_store_up", "Whether the store can be read.", value);
}

function unfinished({ waiting, sending }: Backlog): MetricFamily {
  return {
    name: "sidehook_deliveries",
    help: `Unfinished deliveries, each state counted up to ${countLimit}.`,
    type: "gauge",
    samples: [
      { labels: { state: "pending" }, value: waiting },
      { labels: { state: "sending" }, value: sending },
    ],
  };
}

function oldestAge(ms: number): MetricFamily {
  const help = "Age of the oldest unfinished delivery, held and paused ones among them.";
  return gauge("sidehook_oldest_delivery_age_seconds", help, ms / 1000);
}

function delay(ms: number): MetricFamily {
  const help = "For how long a delivery that may be sent has been waiting for it.";
  return gauge("sidehook_delivery_delay_seconds", help, ms / 1000);
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: "gauge", samples: [{ labels: {}, value }] };
}

function listCounted({ metrics }: Services): MetricFamily[] {
  const counted = keysOf(counters).map((key): MetricFamily => {
    const { name, help, label, values } = counters[key];
    const samples = values.map((value) => ({
      labels: { [label]: value },
      value: metrics.readCount(key, value),
    }));
    return { name, help, type: "counter", samples };
  });
  const measured = keysOf(histograms).map((key): MetricFamily => {
    const { name, help, label, values, boundsMs } = histograms[key];
    const samples = values.flatMap((value) =>
      histogramSamples({ [label]: value }, { boundsMs, ...metrics.readHistogram(key, value) }),
    );
    return { name, help, type: "histogram", samples };
  });
  return [...counted, ...measured];
}

function keysOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}
