/** A commit costs more than what is in it: answers and events that come close together share one. */
const gatherMs = 3;
/** The same, while there is enough to send until then. */
const gatherWhileSendingMs = 10;

/** When what has come is worth a commit. */
export interface Gathering {
  /** Ends it at once, or soon. */
  end: (isUrgent: boolean, isSending: boolean) => void;
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
    end(isUrgent, isSending) {
      if (isUrgent) endNow();
      else timer ??= setTimeout(endNow, isSending ? gatherWhileSendingMs : gatherMs);
    },
    take() {
      const wasOver = isOver;
      isOver = false;
      return wasOver;
    },
  };
}
