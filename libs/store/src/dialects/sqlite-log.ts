const mebibyte = 1024 ** 2;

/** Bounds of the log of a file, in bytes. What is in it is read more slowly, and read first after a crash. */
export const logBytes = {
  /** With so much in it that is not in the file, a checkpoint is worth its two syncs. */
  first: 4 * mebibyte,
  /**
   * With so much in it, it begins anew even if everybody has to wait for a moment: some 10 ms where a sync takes 4 ms,
   * about once a second at 200 events a second.
   */
  long: 16 * mebibyte,
  /** With so much in it, the connection that has committed makes a checkpoint itself: nobody else has. */
  longest: 64 * mebibyte,
} as const;
