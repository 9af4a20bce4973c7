/** However far away the next due time is: a clock that was set back must not leave the loop asleep. */
const longestSleepMs = 30_000;
const pauseAfterFaultMs = 1000;

export interface Loop {
  /** Makes a pass soon; calls during a pass lead to one more after it. */
  wake: () => void;
  stop: () => Promise<void>;
}

/**
 * Runs passes one after the other: at once when woken, else when the last pass said that there is
 * something to do again.
 *
 * @param pass answers after how many milliseconds the next one is due, at the latest
 */
export function startLoop(pass: () => Promise<number>, onFault: (error: unknown) => void): Loop {
  const state = { isStopped: false, isWoken: false };
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    if (state.isStopped) return;
    state.isWoken = true;
    running ??= runPasses().finally(() => {
      running = null;
      if (state.isWoken) wake(); // woken between the last look and here
    });
  }

  async function runPasses(): Promise<void> {
    while (state.isWoken && !state.isStopped) {
      state.isWoken = false;
      clearTimeout(timer);
      const sleepMs = await pass().catch((error: unknown) => {
        onFault(error);
        return pauseAfterFaultMs;
      });
      timer = setTimeout(wake, Math.min(sleepMs, longestSleepMs));
    }
  }

  timer = setTimeout(wake); // later, so that a pass may use the loop it belongs to
  return {
    wake,
    async stop() {
      state.isStopped = true;
      await running;
      clearTimeout(timer);
    },
  };
}

/** Between two turns everybody else gets one, at the database and in this thread. */
const pauseMs = 10;

export interface Turns {
  /** Short; true if there is more to do. */
  takeTurn: () => Promise<boolean>;
  /** Rests so many times as long as a turn has taken: the rest of the time belongs to those who accept and deliver. */
  restPerWork: number;
  /** How soon to look again when there was nothing more to do. */
  lookEveryMs: number;
  onFault: (error: unknown) => void;
}

/** Does long work beside everything else, a short turn at a time. */
export function startTurns({ takeTurn, restPerWork, lookEveryMs, onFault }: Turns): Loop {
  return startLoop(async () => {
    const startedAt = performance.now();
    if (!(await takeTurn())) return lookEveryMs;
    return Math.max(pauseMs, restPerWork * (performance.now() - startedAt));
  }, onFault);
}

/** Does something again and again, never two at a time; returns a function that stops it. */
export function repeat(
  everyMs: number,
  act: () => Promise<unknown>,
  onFault: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<unknown> | null = null;
  const interval = setInterval(() => {
    running ??= act()
      .catch(onFault)
      .finally(() => (running = null));
  }, everyMs);
  return async () => {
    clearInterval(interval);
    await running;
  };
}
