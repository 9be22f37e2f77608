/** A local stand-in for a provider: what it answers, what a person does there, and the truth. */
import type { Fields, RecordId } from "@syncline/core"
import type { Effect } from "effect"
import type { Calls } from "./Calls.ts"
import type { Faults } from "./Faults.ts"
import type { Client } from "./Transport.ts"
import type { Handler } from "./Wire.ts"

/** An account at the provider, open. All of it reads time from Effect's Clock. */
export interface Account {
  /** The provider over HTTP, within the process: below budgets, auth and classification, so faults meet all of them. */
  readonly remote: Client
  /** The same as plain data, for `Server.listen`. */
  readonly handler: Handler
  /** A person's hands: changes made at the provider, past its API and its idempotency keys. A wrong entity or field is a defect. */
  readonly user: {
    readonly create: (entity: string, fields: Fields) => Effect.Effect<RecordId>
    readonly edit: (entity: string, id: RecordId, fields: Fields) => Effect.Effect<void>
    readonly remove: (entity: string, id: RecordId) => Effect.Effect<void>
  }
  /** Every live record as the provider would send it now, its lists of children whole. */
  readonly truth: (entity: string) => Effect.Effect<ReadonlyMap<RecordId, Fields>>
  /** How many that are. */
  readonly count: (entity: string) => Effect.Effect<number>
  readonly faults: Faults
  readonly calls: Pick<Calls, "total" | "byEndpoint">
}
