/** The whole store as one layer: connects, migrates, and offers its services. */
import { Context, Effect, Layer, type Redacted } from "effect"
import * as Agenda from "./Agenda.ts"
import * as Authorizations from "./Authorizations.ts"
import * as Claims from "./Claims.ts"
import * as Commit from "./Commit.ts"
import * as ConnectionStates from "./ConnectionStates.ts"
import * as Conflicts from "./Conflicts.ts"
import * as Credentials from "./Credentials.ts"
import * as Cursors from "./Cursors.ts"
import * as Database from "./Database.ts"
import * as Deletions from "./Deletions.ts"
import * as Drivers from "./Drivers.ts"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
import type * as Envelope from "./Envelope.ts"
import * as Executions from "./Executions.ts"
import * as Fleet from "./Fleet.ts"
import * as History from "./History.ts"
import * as Jobs from "./Jobs.ts"
import * as Keyring from "./Keyring.ts"
import * as Lanes from "./Lanes.ts"
import * as Ledger from "./Ledger.ts"
import * as LinkCache from "./LinkCache.ts"
import * as Links from "./Links.ts"
import * as Maintenance from "./Maintenance.ts"
import * as Matches from "./Matches.ts"
import * as Migrations from "./Migrations.ts"
import * as PairLinks from "./PairLinks.ts"
import * as Postgres from "./Postgres.ts"
import * as Receive from "./Receive.ts"
import * as Reconciliations from "./Reconciliations.ts"
import * as Roles from "./Roles.ts"
import { SqlError } from "./SqlError.ts"
import * as Tenants from "./Tenants.ts"
import * as Waiting from "./Waiting.ts"
import * as Wakes from "./Wakes.ts"
import * as WebhookPaths from "./WebhookPaths.ts"

/** Where the store is. */
export class Store extends Context.Service<
  Store,
  {
    /** The store's own database: what a target without a url of its own writes to. */
    readonly url: Redacted.Redacted
    /** The same past a pooler, for a session that stays the same. */
    readonly directUrl: Redacted.Redacted
    /** The same as an open pool, with the connecting user's own rights. */
    readonly postgres: Postgres.Postgres
  }
>()("@syncline/store/Store") {}

/** Any PostgreSQL from 15 on, or the embedded one with its data in `folder`. */
export type Options = (Postgres.Options | { readonly embedded: EmbeddedPostgres.Options }) & {
  /**
   * How the server is reached past a pooler that `url` leads to, which may give each transaction another session: then nothing is
   * prepared, and what needs a session of its own goes there.
   */
  readonly directUrl?: Redacted.Redacted
  /** A Redis that remembers links. It holds no truth: without it, or when it fails, only look-ups take longer. */
  readonly redisUrl?: Redacted.Redacted
  /** The first seals credentials, the others open what they had sealed. Without one no credentials can be kept. */
  readonly masterKeys?: ReadonlyArray<Envelope.Key>
}

/** Opens the store and brings its tables to this version. Warns when tenants cannot be kept apart by a role of their own. */
export const layer = (options: Options) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const place = "embedded" in options ? yield* EmbeddedPostgres.start(options.embedded) : options
      const { directUrl } = options
      const postgres = yield* Postgres.open(directUrl === undefined ? place : { ...place, prepare: false })
      yield* Migrations.run(postgres)
      const hasRoles = yield* Roles.ensure(postgres)
      const masterKeys = options.masterKeys ?? []
      yield* refuseWithoutKeys(postgres, hasRoles, masterKeys)
      const redisUrl = options.redisUrl ?? null
      return layerOn({ url: place.url, ...(directUrl && { directUrl }), postgres, hasRoles, redisUrl, masterKeys })
    })
  )

/** An open pool of a database that has this version's tables. */
export interface Opened {
  readonly url: Redacted.Redacted
  readonly directUrl?: Redacted.Redacted
  readonly postgres: Postgres.Postgres
  /** The connecting user may become `syncline_engine`. */
  readonly hasRoles: boolean
  readonly redisUrl: Redacted.Redacted | null
  readonly masterKeys?: ReadonlyArray<Envelope.Key>
}

/** The store's services on a database that is ready: nothing is asked of it. */
export const layerOn = ({ hasRoles, masterKeys = [], postgres, redisUrl, url, directUrl = url }: Opened) =>
  Layer.mergeAll(
    Agenda.layer,
    Claims.layer,
    Commit.layer,
    Conflicts.layer,
    ConnectionStates.layer,
    Layer.provideMerge(Layer.merge(Authorizations.layer, Credentials.layer), Keyring.layer(masterKeys)),
    Cursors.layer,
    Deletions.layer,
    Drivers.layer,
    Executions.layer,
    History.layer,
    Jobs.layer,
    Lanes.layer,
    Ledger.layer,
    Links.layer,
    Maintenance.layer,
    Matches.layer,
    Layer.provideMerge(LinkCache.layer(redisUrl), PairLinks.layer),
    Receive.layer,
    Reconciliations.layer,
    Tenants.layer,
    Waiting.layer,
    Wakes.layer,
    WebhookPaths.layer
  ).pipe(
    Layer.provideMerge(Database.layer(postgres, hasRoles)),
    Layer.merge(Fleet.layer(postgres, hasRoles)),
    Layer.merge(Layer.succeed(Store, { url, directUrl, postgres }))
  )

/** Credentials that no given key opens stop the start, before anything is done without them. They stay as they are. */
const refuseWithoutKeys = Effect.fnUntraced(function* (
  postgres: Postgres.Postgres,
  hasRoles: boolean,
  masterKeys: ReadonlyArray<Envelope.Key>
) {
  const fleet = yield* Effect.provide(Fleet.Fleet, Fleet.layer(postgres, hasRoles))
  const given = new Set(masterKeys.map(({ id }) => id))
  const missing = (yield* fleet.masterKeyIds).filter((id) => !given.has(id))
  if (missing.length === 0) return
  return yield* new SqlError({
    operation: "open credentials",
    kind: "other",
    sqlState: null,
    message: `credentials in this database are sealed with the master key ${missing.join(", ")}, ${
      masterKeys.length === 0 ? "and no key was given" : `and the key given is ${[...given].join(", ")}`
    }: set SYNCLINE_MASTER_KEY, or SYNCLINE_MASTER_KEY_FILE, to the key that they were sealed with; nothing was changed`,
    column: null,
    constraint: null
  })
})
