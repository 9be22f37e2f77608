/** What a worker does for all tenants now and then: lets go of what is older than is wanted, and of what nothing needs any more. */
import { Fleet, Maintenance, Receive } from "@syncline/store"
import { Effect } from "effect"

/** How long things are kept, in milliseconds. Links stay for ever. */
export type Retention = Maintenance.Retention

export type UpkeepServices = Fleet.Fleet | Maintenance.Maintenance | Receive.Receive

export const everyMs = 3_600_000

/** Rows of a kind that go in one transaction. */
const atOnce = 1_000

/** For each tenant until nothing is left that may go. */
export const all = Effect.fn("Upkeep.all")(function* (retention: Retention) {
  const fleet = yield* Fleet.Fleet
  const maintenance = yield* Maintenance.Maintenance
  const receive = yield* Receive.Receive
  for (const tenant of yield* fleet.tenants) {
    for (let isLeft = true; isLeft;) {
      const tidied = yield* maintenance.tidy(tenant, { limit: atOnce, retention })
      const forgotten = yield* receive.forget(tenant, { keptMs: retention.deliveriesMs, limit: atOnce })
      isLeft = [...Object.values(tidied), forgotten].some((count) => count === atOnce)
    }
  }
})
