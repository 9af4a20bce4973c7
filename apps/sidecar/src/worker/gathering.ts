/** When what has come is worth a commit. */
export interface Gathering {
  /** Ends it within this time, 0: at once. */
  endWithin: (ms: number) => void;
  /** True once after each end. */
  take: () => boolean;
}

/** @param wake called at each end */
export function createGathering(wake: () => void): Gathering {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  function endNow(): void {
    clearTimeout(timer);
    timer = undefined;
    isOver = true;
    wake();
  }

  return {
    endWithin(ms) {
      if (ms === 0) endNow();
      else timer ??= setTimeout(endNow, ms);
    },
    take() {
      const wasOver = isOver;
      isOver = false;
      return wasOver;
    },
  };
}
