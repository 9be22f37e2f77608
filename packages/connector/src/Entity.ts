/**
 * One kind of record at a provider: what it looks like, how it is found, how it is written.
 *
 * Three rules hold everywhere. Silence is never an answer: a record, op or ending that is not mentioned is unknown, not absent.
 * What may be large comes in batches of at most `max`. All state between two reads is in the position, so any read may be the
 * last before a crash.
 */
import type { CanonicalMapping as Canonical, Fields, OpKey, RecordId } from "@syncline/core"
import type { Effect, Option, Result, Schema } from "effect"
import type { ConnectorError, Reason } from "./ConnectorError.ts"
import type { Endpoints } from "./Endpoint.ts"
import type { Http } from "./Remote.ts"
import type { Column } from "./Shape.ts"

/** A connector's own note of where it is. The engine stores it with the page's effects and hands it back, never looks inside. */
export type Position = Schema.Json

export interface Present<out A> {
  readonly _tag: "Present"
  readonly record: A
}
export interface Gone {
  readonly _tag: "Gone"
  readonly id: RecordId
}
/** The record now lives on under another id. */
export interface Merged {
  readonly _tag: "Merged"
  readonly id: RecordId
  readonly into: RecordId
}
/** The provider sent a record that its schema refuses. It alone is quarantined; its page goes on. `id` is "?" where even that is missing. */
export interface Unreadable {
  readonly _tag: "Unreadable"
  readonly id: RecordId
  readonly why: string
  readonly payload: Schema.Json
}
/** A claim without data: the engine gathers claims, then reads the records with `get`. */
export interface Touched {
  readonly _tag: "Touched"
  readonly id: RecordId
}

/** What a listing shows. */
export type Listed<A> = Present<A> | Unreadable
/** What the provider says about a record. */
export type Seen<A> = Present<A> | Gone | Merged | Unreadable
/** A change found at the provider. */
export type Change<A> = Seen<A> | Touched

/** There is more. With `afterMs` (a job that is still running at the provider) not before that delay. */
export interface More {
  readonly _tag: "More"
  readonly position: Position
  readonly afterMs?: number
}
/** Every record was seen. Said only on the provider's explicit sign; the engine deletes nothing without it. */
export interface Complete {
  readonly _tag: "Complete"
}
/** Nothing is newer than when this walk began. The next walk starts at `position`. */
export interface CaughtUp {
  readonly _tag: "CaughtUp"
  readonly position: Position
}
export interface Page<out Item, out Ending> {
  readonly items: ReadonlyArray<Item>
  readonly next: More | Ending
}

/** A resumable reading, one page per step. Reading the same position again is harmless and shows at least the same records. */
export interface Walk<out Item, out Ending, out R> {
  readonly start: Effect.Effect<Position, ConnectorError, R>
  read(position: Position): Effect.Effect<Page<Item, Ending>, ConnectorError, R>
  /** How much of the walk lies behind a position, 0 to 1, where it can be told: what a progress bar shows. */
  progress?(position: Position): number
}

/**
 * What changed since a position. `start` is "now" by the provider's clock: the engine takes it *before* it lists, so nothing
 * falls between. The upper bound of a walk is fixed at its first page. Fails with `PositionExpired` when the provider no longer
 * remembers that far back.
 */
export interface Changes<out A, out R> extends Walk<Change<A>, CaughtUp, R> {
  /** How late a change may become visible here. Each walk looks back this far; repeats are harmless. */
  readonly lagMs: number
  /** Resolution of the provider's change times; 0 for a log that is ordered exactly. */
  readonly precisionMs: number
  /** Deletions appear among the changes. If not, only webhooks and reconciliation see them. */
  readonly deletes: boolean
}

/** A call for up to `max` things at once; 1 where the provider has no batch (`Verb.getEach` lifts a function of one). */
export interface Batched<In, out Out, out R> {
  readonly max: number
  run(items: ReadonlyArray<In>): Effect.Effect<Out, ConnectorError, R>
}

/** A write of up to `max` ops. `batch` names exactly these ops: after a lost answer the very same batch is sent again under it. */
export interface Verb<Op, out Stored, out R> {
  readonly max: number
  run(ops: ReadonlyArray<Op>, batch: OpKey): Effect.Effect<Outcomes<Stored>, ConnectorError, R>
}

/** How the engine reads. `Name` is a field of the record. */
export interface Source<A, out R, out Name extends string = string> {
  /** The field by which the provider filters "changed since"; null: it has none, and only its own feed or full listings tell. */
  readonly deltaSyncField: Name | null
  /** Creates, updates and deletes all arrive as webhooks. False makes daily reconciliation mandatory. */
  readonly supportsWebhooks: boolean
  /** Every live record: the first sync, and the ground truth of reconciliation. */
  readonly list: Walk<Listed<A>, Complete, R>
  /** The same, ids and versions only, where that is cheaper. */
  readonly ids?: Walk<{ readonly id: RecordId; readonly version?: string }, Complete, R>
  readonly changes?: Changes<A, R>
  /** The records as they are now, past any search index. An id left out was not answered; only `Gone` means deleted. */
  readonly get: Batched<RecordId, ReadonlyArray<Seen<A>>, R>
  readonly lookup?: Lookup<A, R, Name>
}

/** Finds records by what a field holds: how a match key is looked for before a record is created. */
export interface Lookup<out A, out R, out Name extends string = string> {
  /** The fields that can be asked for; null: any field of the record. */
  readonly fields: ReadonlyArray<Name> | null
  readonly max: number
  /**
   * Every live record whose field holds one of up to `max` values, written as text. A value that no record is answered for is in
   * none that the provider shows: its index may be as late as `changes.lagMs`.
   */
  run(field: string, values: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Seen<A>>, ConnectorError, R>
}

/** Fields to set. An absent field is left alone, null clears it. */
export type Patch<A> = { readonly [K in keyof A]?: A[K] }
export interface Create<A> {
  readonly key: OpKey
  readonly patch: Patch<A>
}
/** `base` is the record as last seen here: the version to send with If-Match, or the quantity to compare and set. */
export interface Update<A> {
  readonly key: OpKey
  readonly id: RecordId
  readonly patch: Patch<A>
  readonly base: A
}
export interface Remove<A> {
  readonly key: OpKey
  readonly id: RecordId
  readonly base: A
}
/** `base` is the record as last seen here, in one of the states that the command starts from. */
export interface Invocation<A> {
  readonly key: OpKey
  readonly id: RecordId
  readonly base: A
}
/** A create in doubt, and when it was first sent, by our clock. */
export interface Sought<A> extends Create<A> {
  readonly sentAtMs: number
}
/** Per op: what the provider stored, read back if it did not say, or why not. An op left out is in doubt. */
export type Outcomes<Stored> = ReadonlyMap<OpKey, Result.Result<Stored, Reason>>

/** Why sending a create twice cannot make two records. */
export type Repeat<Name extends string = string> =
  /** The provider remembers our key for this long. */
  | { readonly _tag: "Keyed"; readonly keptMs: number }
  /** Create is an upsert on this unique field, which the engine fills. */
  | { readonly _tag: "Unique"; readonly field: Name }
  /** It can: after an unknown outcome `find` decides, or a person. */
  | { readonly _tag: "Unsafe" }

/**
 * How the engine writes. A verb that is missing is something this provider cannot do. No batch names a record twice.
 * A batch that fails as a whole with `Rejected` or `Conflicted` is halved until the guilty op stands alone.
 */
export interface Target<A, out R, out Name extends string = string> {
  /**
   * Makes the place ready for records with these columns before the first write: creates a table, adds columns.
   * Fails with `Rejected`, one line per incompatible column, and never destroys anything.
   */
  prepare?(columns: ReadonlyArray<Column>): Effect.Effect<void, ConnectorError, R>
  readonly create?: Verb<Create<A>, A, R> & {
    readonly repeat: Repeat<Name>
    /** Looks for the record an op may have made, by marker or natural key. `lagMs` after the op, `None` is proof that it made none. */
    readonly find?: Batched<Sought<A>, ReadonlyMap<OpKey, Option.Option<A>>, R> & { readonly lagMs: number }
  }
  readonly update?: Verb<Update<A>, A, R> & {
    /** The provider itself refuses a stale `base`. If not, the engine reads just before and verifies after. */
    readonly refusesStale: boolean
  }
  /** Succeeds when the record is gone, also when it already was. */
  readonly remove?: Verb<Remove<A>, void, R> & { readonly as: "deleted" | "archived" }
  /** Changes of state that are calls of their own, by the names that `endpoints.commands` has. */
  readonly commands?: Readonly<Record<string, Command<A, R, Name>>>
  /** Where writes are transactions of another database than the engine's own. Without it an unknown COMMIT is sent again. */
  readonly applied?: Applied<R>
}

/** A named change of state, such as `finalize`. An update cannot make it: a write of `to` into `field` is this call instead. */
export interface Command<A, out R, out Name extends string = string> extends Verb<Invocation<A>, A, R> {
  readonly performs: {
    readonly field: Name
    /** The states it starts from; from any other it is refused. */
    readonly from: ReadonlyArray<Schema.Json>
    readonly to: Schema.Json
    /** States it may lead to instead: an invoice of nothing is paid as soon as it is finalized. */
    readonly orElse?: ReadonlyArray<Schema.Json>
  }
}

/** The last batch that each stream of batches applied, kept beside the records, so that it commits or fails with them. */
export interface Applied<out R> {
  /**
   * Called first in the transaction of a batch: locks the stream's mark and sets it to this batch, written under this epoch.
   * False: a newer epoch has written here, so nothing may be written under this one.
   */
  mark(stream: string, epoch: number, batch: OpKey): Effect.Effect<boolean, ConnectorError, R>
  /** Whether this batch was the last that the stream applied. It answers a COMMIT whose answer was lost. */
  has(stream: string, batch: OpKey): Effect.Effect<boolean, ConnectorError, R>
}

/** The fields of `A` that hold a `V`; any name where the columns are only known at run time. */
export type FieldOf<A, V> = string extends keyof A
  ? string
  : { [K in keyof A]-?: A[K] extends V ? K : never }[keyof A] & string

/** An entity in the built-in vocabulary. */
export type CanonicalMapping = Canonical.CanonicalMapping

/** The members that take an `A` are methods, so an entity of one type of record is also an entity of `Fields`. */
export interface Entity<A = Fields, out R = Http, out Name extends string = string> {
  /** Checks a record of the provider and describes it; never transforms it. References are in the schema. */
  readonly schema: Schema.Codec<A, Schema.Json>
  /** The field that holds the record's id. */
  readonly id: Name
  /** Changes with every write at the provider. Absent: the engine compares content. */
  readonly version?: Name
  /** When the record last changed, by the provider's clock; null where this one does not tell. Strategy `last_write_wins` needs it. */
  changedAt?(record: A): number | null
  /** Resolution of `changedAt`; 1 unless said. */
  readonly changedAtPrecisionMs?: number
  /** The default mapping, from which two entities of one canonical type get theirs; an integration overrides it field by field. */
  readonly canonical?: CanonicalMapping
  readonly endpoints: Endpoints
  readonly source: Source<A, R, Name>
  readonly target?: Target<A, R, Name>
}

/** Entities by name. */
export type Entities<R> = { readonly [name: string]: Entity<Fields, R> }

/** An entity whose field names are checked against its schema. */
export const entity = <A extends Fields, R = Http>(
  schema: Schema.Codec<A, Schema.Json>,
  rest: Omit<Entity<A, R, keyof A & string>, "schema" | "id" | "version"> & {
    readonly id: FieldOf<A, RecordId>
    readonly version?: FieldOf<A, string | number>
  }
): Entity<A, R> => ({ schema, ...rest })
