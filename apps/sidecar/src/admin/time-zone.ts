/**
 * A time zone as a browser names it; UTC for anything else.
 *
 * @example timeZoneOf("Asia/Kolkata") // "Asia/Kolkata"
 */
export function timeZoneOf(name: string | undefined): string {
  if (name === undefined || !/^[\w+/-]{1,64}$/.test(name)) return "UTC";
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return "UTC"; // a zone this Node does not know, or a cookie that somebody has made up
  }
}
