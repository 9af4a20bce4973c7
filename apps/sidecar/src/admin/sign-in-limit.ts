/** Bounds how often somebody may guess a token. */
interface SignInLimit {
  isBlocked: (address: string, now: Date) => boolean;
  addFailure: (address: string, now: Date) => void;
}

const maxFailures = 10;
const windowMs = 10 * 60_000;
/** Beyond so many addresses the oldest are forgotten: memory stays bounded whoever comes. */
const maxAddresses = 1000;

/**
 * Remembers wrong tries for each address, in memory: ten within ten minutes block it until the first of
 * them is ten minutes old. Behind a proxy everybody has the same address; the one-time link still works.
 */
export function createSignInLimit(): SignInLimit {
  const failures = new Map<string, number[]>();
  const recent = (address: string, now: Date) =>
    (failures.get(address) ?? []).filter((at) => at > now.getTime() - windowMs);
  return {
    isBlocked: (address, now) => recent(address, now).length >= maxFailures,
    addFailure: (address, now) => {
      const known = recent(address, now);
      failures.delete(address);
      failures.set(address, [...known, now.getTime()]);
      const [oldest] = failures.keys();
      if (failures.size > maxAddresses && oldest !== undefined) failures.delete(oldest);
    },
  };
}
