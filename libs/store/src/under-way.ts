import type { DeliveryState } from "@sidehook/delivery";
import { sql, type SqlBool } from "kysely";

/*
 * A delivery that is being sent has a lease. SQLite also says so in its state, which its indexes know. On Postgres a claim
 * leaves the state as it is: as no index knows what changes then, no index is touched. So whoever reads the state asks
 * here, and finds what is being sent in the view `sending`.
 */

/** Waits, and nobody is sending it. */
export const isWaiting = sql<SqlBool>`deliveries.state = 'pending' and deliveries.lease_until is null`;

/** The state of a delivery as it is shown. */
export const shownState = sql<DeliveryState>`case when deliveries.lease_until is not null then 'sending'
  else deliveries.state end`;
