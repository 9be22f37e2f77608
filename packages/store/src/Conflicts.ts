/** Conflicts, open and resolved. They are opened and resolved by `Commit`, together with what follows. */
import type { EntityType, IntegrationName, RecordId, TenantId } from "@syncline/core"
import { Context, Effect, Layer, type Option } from "effect"
import type { StoredConflict } from "./Batch.ts"
import type { SqlError } from "./SqlError.ts"

export interface ListedConflict extends StoredConflict {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly sourceId: RecordId | null
  readonly targetId: RecordId | null
  /** Of the record's link: a resolution names it as what it saw. */
  readonly version: number
}

export interface Filter {
  readonly integration?: IntegrationName
  readonly entity?: EntityType
  readonly status?: "open" | "resolved"
}

export class Conflicts extends Context.Service<
  Conflicts,
  {
    /** Newest first. */
    readonly list: (
      tenant: TenantId,
      filter: Filter,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ListedConflict>, SqlError>
    readonly get: (tenant: TenantId, id: string) => Effect.Effect<Option.Option<ListedConflict>, SqlError>
  }
>()("@syncline/store/Conflicts") {}

export const layer = Layer.succeed(Conflicts, {
  list: () => Effect.die("not yet"),
  get: () => Effect.die("not yet")
})
