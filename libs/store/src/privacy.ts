import type { StoreContext } from "./context.ts";
import { erasePerson } from "./privacy-erase.ts";
import { exportPerson } from "./privacy-export.ts";
import type { Person } from "./person.ts";
import type { DeliveryState } from "@sidehook/delivery";

/** What is kept about a person, as they may see it. */
export type PersonalRecord =
  | {
      kind: "event";
      id: string;
      type: string;
      occurredAt: string;
      siteId: number | null;
      /** Null: the event is about others, the person has only caused it. */
      payload: string | null;
      /** Who was told. */
      deliveries: { webhookName: string; receiver: string; state: DeliveryState; finishedAt: Date | null }[];
    }
  | { kind: "answer"; receiver: string; answeredAt: Date; body: string }
  | {
      kind: "binRequest";
      id: string;
      receivedAt: Date;
      headers: Readonly<Record<string, string>>;
      body: string;
    };

export interface PersonalExport {
  data: PersonalRecord[];
  /** Null when this was all. */
  nextCursor: string | null;
}

export interface Erasure {
  /** How much this call has erased. */
  erased: { events: number; deliveries: number; attempts: number; binRequests: number };
  /** Webhooks with the address in their own settings, which only their owner can change. Found by one of the last calls. */
  webhooks: { id: string; name: string }[];
  /** The file has traces in unused pages and is too large to be written anew here. Found by one of the last calls. */
  needsVacuum: boolean;
  /** Null when all is done. */
  nextCursor: string | null;
}

/** The part of the store that answers for a person's data. */
export interface PrivacyStore {
  /**
   * Everything that names a person: events about or by them, and what receivers and bins have of them in their answers.
   * One call works for some seconds and answers a part.
   */
  exportPerson(person: Person, cursor: string | null): Promise<PersonalExport>;
  /**
   * Takes a person out of all that is kept: payloads are replaced by a note, bodies of attempts and requests in bins
   * go, no byte of the address stays in the database's file or log. A delivery that still waits is cancelled: after
   * this, nobody is told anything more about them. Events and deliveries stay as rows, so that the books are right.
   * One call works for some seconds; to be called until `nextCursor` is null. Doing it twice does no harm.
   */
  erasePerson(person: Person, cursor: string | null, now: Date): Promise<Erasure>;
}

export function createPrivacy(context: StoreContext): PrivacyStore {
  return {
    exportPerson: (person, cursor) => exportPerson(context, person, cursor),
    erasePerson: (person, cursor, now) => erasePerson(context, person, { cursor, now }),
  };
}
