/** An entity pair as the engine runs it: both sides resolved, and what a record of the source becomes at the target. */
import type { Column, Entity, Http, Sql } from "@syncline/connector"
import { FieldMapping, type Fields, RecordId, type SyncJob } from "@syncline/core"
import type { PairKey } from "@syncline/store"
import { Effect, Result } from "effect"
import type { Connection } from "./Connection.ts"
import type { TwoWay } from "./TwoWay.ts"

/** One entity of one connection. */
export interface Side {
  readonly connection: Connection
  readonly name: string
  readonly entity: Entity<Fields, Http | Sql>
}

export interface Pair {
  readonly key: PairKey
  readonly job: SyncJob.SyncJob
  readonly source: Side
  readonly target: Side
  /** Null where the target mirrors the source's record as it is. */
  readonly mapping: FieldMapping.Mapping | null
  /** What the target must be able to hold. */
  readonly columns: ReadonlyArray<Column>
  /** Null where decisions are performed inside the commit: one way, into a table that holds the source's ids. */
  readonly twoWay: TwoWay | null
}

/** A pair whose sides both keep images, and whose writes go through the outbox. */
export interface TwoWayPair extends Pair {
  readonly mapping: FieldMapping.Mapping
  readonly twoWay: TwoWay
}

export const isTwoWay = (pair: Pair): pair is TwoWayPair => pair.twoWay !== null && pair.mapping !== null

/** The id that a record carries, or null where it has none. */
export const idOf = ({ entity }: Side, record: Fields): RecordId | null => {
  const id = record[entity.id]
  return typeof id === "string" && id !== "" ? RecordId.make(id) : null
}

/** The provider's version of a record, where it has one. */
export const versionOf = ({ entity }: Side, record: Fields): string | null => {
  const version = entity.version === undefined ? undefined : record[entity.version]
  return typeof version === "string" || typeof version === "number" ? String(version) : null
}

/** Gives an effect of this side what it may touch, outside of a write. */
export const provide = <A, E>(side: Side, effect: Effect.Effect<A, E, Http | Sql>): Effect.Effect<A, E> =>
  Effect.provideContext(effect, side.connection.services)

/** The record as the target shall hold it, or why it cannot be made. */
export const lift = ({ mapping }: Pair, record: Fields): Result.Result<Fields, FieldMapping.Refusal> =>
  mapping === null ? Result.succeed(record) : FieldMapping.forward(mapping, record)
