import type { MessageKey } from "./locales/en.ts";
import type { AdminContext } from "./layout.tsx";

/** What an action may say on the page it leads to. The address carries the name only, never a text. */
const notices = {
  added: "notice.added",
  saved: "notice.saved",
  again: "notice.again",
  activated: "notice.activated",
  deactivated: "notice.deactivated",
  paused: "notice.paused",
  resumed: "notice.resumed",
  discarded: "notice.discarded",
  deleted: "notice.deleted",
  bulkPaused: "notice.bulkPaused",
  bulkResumed: "notice.bulkResumed",
  bulkActivated: "notice.bulkActivated",
  bulkDeactivated: "notice.bulkDeactivated",
  bulkDeleted: "notice.bulkDeleted",
  noneChosen: "notice.noneChosen",
  archiveOn: "notice.archiveOn",
  archiveOff: "notice.archiveOff",
  tokenDeleted: "notice.tokenDeleted",
  signedOut: "notice.signedOut",
  replayed: "notice.replayed",
  cancelled: "notice.cancelled",
  replayCancelled: "notice.replayCancelled",
  replayOver: "notice.replayOver",
  replayedBefore: "notice.replayedBefore",
  sentBefore: "notice.sentBefore",
  muted: "notice.muted",
  unmuted: "notice.unmuted",
  binAdded: "notice.binAdded",
  binDeleted: "notice.binDeleted",
} as const satisfies Record<string, MessageKey>;

type Notice = keyof typeof notices;

export function noticeOf(name: string | undefined): MessageKey | null {
  return name !== undefined && Object.hasOwn(notices, name) ? notices[name as Notice] : null;
}

/** After a change: on to a page, so that reloading it changes nothing again. */
export function goWithNotice(context: AdminContext, path: string, notice: Notice): Response {
  return context.redirect(context.get("view").link(path, { notice }), 303);
}
