/** The names by which Syncline knows things. Branded, so that one kind of id cannot be given for another. */
import { Schema } from "effect"

/** A record's id as its provider writes it: `cus_…`, a UUID, `gid://shopify/Product/1`. Never a JavaScript number. */
export const RecordId = Schema.NonEmptyString.pipe(Schema.brand("RecordId"))
export type RecordId = typeof RecordId.Type

/**
 * A record's name within its entity pair, the same from first sight for ever: it does not change when the other side's id becomes
 * known. `Link.keyOf` makes it from the id at the side where the record was born.
 */
export const RecordKey = Schema.NonEmptyString.pipe(Schema.brand("RecordKey"))
export type RecordKey = typeof RecordKey.Type

/** An outbox entry. */
export const EntryId = Schema.NonEmptyString.pipe(Schema.brand("EntryId"))
export type EntryId = typeof EntryId.Type

/** One customer of the team that runs Syncline. It leads every key in the store. */
export const TenantId = Schema.NonEmptyString.pipe(Schema.brand("TenantId"))
export type TenantId = typeof TenantId.Type

/** The tenant that a configuration file's own connections and jobs belong to. */
export const defaultTenant: TenantId = TenantId.make("default")

/** A tenant's authenticated use of a connector, by the name that integrations call it. */
export const ConnectionName = Schema.NonEmptyString.pipe(Schema.brand("ConnectionName"))
export type ConnectionName = typeof ConnectionName.Type

/** Two connections and the entity pairs that sync between them. */
export const IntegrationName = Schema.NonEmptyString.pipe(Schema.brand("IntegrationName"))
export type IntegrationName = typeof IntegrationName.Type

/** A kind of record: `customer`, `invoice`. Of a pair that crosses types, the source's. */
export const EntityType = Schema.NonEmptyString.pipe(Schema.brand("EntityType"))
export type EntityType = typeof EntityType.Type

export const JobName = Schema.NonEmptyString.pipe(Schema.brand("JobName"))
export type JobName = typeof JobName.Type

/** One run of a job. */
export const ExecutionId = Schema.NonEmptyString.pipe(Schema.brand("ExecutionId"))
export type ExecutionId = typeof ExecutionId.Type

/** Names one write, or one batch of writes, towards a provider. It is what an idempotency key is made of. */
export const OpKey = Schema.NonEmptyString.pipe(Schema.brand("OpKey"))
export type OpKey = typeof OpKey.Type
