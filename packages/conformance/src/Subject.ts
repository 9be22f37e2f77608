/** What is tried: a connector, its sandbox, and the store that the real engine keeps its state in. */
import { type Entities, type Http, type HttpRemote, Sql, type SqlRemote } from "@syncline/connector"
import type {
  ConformanceAccount,
  ConformanceSandbox,
  EntitySandbox,
  Family,
  Fate,
  Locked,
  Offered,
  Opening,
  Scenes
} from "@syncline/connector/sandbox"
import type { Fields, RecordId } from "@syncline/core"
import { type AnyConnector, SqlRemote as OnDatabase } from "@syncline/engine"
import { Effect, Schema, type Scope } from "effect"
import { type Skipped, skip } from "./Check.ts"
import type { StoreServices } from "./StoreServices.ts"

export interface Subject {
  readonly connector: AnyConnector
  readonly open: (opening?: Opening) => Effect.Effect<Opened, never, Scope.Scope>
  readonly openings: ConformanceSandbox["openings"]
  readonly missingScope: ConformanceSandbox["missingScope"]
  readonly refusedInside200: ConformanceSandbox["refusedInside200"]
  readonly store: StoreServices
  readonly options: Settings
}

export interface Settings {
  /** Chooses what is chosen at random. */
  readonly seed: number
  /** A million records and a hundred thousand webhooks instead of a hundredth of them. */
  readonly isFull: boolean
  /** The connector's README, whose table of entities is generated; null: it has none yet. */
  readonly readme: string | null
}

/** A fresh account and the connector's view of it. */
export interface Opened {
  readonly account: ConformanceAccount
  readonly config: unknown
  readonly remote: HttpRemote | SqlRemote
  readonly entities: Entities<Http | Sql>
  /** By entity, in the order in which records can be made. */
  readonly people: ReadonlyMap<string, Person>
}

/** How a person fills in the records of one entity, and its scenes, set in this account. */
export interface Person extends Pick<EntitySandbox<never>, "text" | "removable" | "editsShow"> {
  readonly entity: string
  readonly record: (index: number, referred: (entity: string) => RecordId) => Fields
  readonly scenes: Omit<Scenes<never>, "children" | "fates" | "locked"> & {
    readonly children: Offered<Effect.Effect<Family>>
    readonly fates: Offered<ReadonlyArray<Fate>>
    readonly locked: Offered<Effect.Effect<Locked>>
  }
}

/** Binds the sandbox's scenes to each account that it opens, so that no check has to know what kind of account that is. */
export const make = <Account extends ConformanceAccount>(
  connector: AnyConnector,
  sandbox: ConformanceSandbox<Account>,
  store: StoreServices,
  options: Settings
): Subject => ({
  connector,
  openings: sandbox.openings,
  missingScope: sandbox.missingScope,
  refusedInside200: sandbox.refusedInside200,
  store,
  options,
  open: (opening = {}) =>
    Effect.gen(function* () {
      const account = yield* Effect.provideService(sandbox.open(opening), Sql, OnDatabase.onDatabase(store.postgres))
      const config: unknown = yield* Effect.orDie(Schema.decodeUnknownEffect(connector.config)(account.config))
      return {
        account,
        config,
        remote: connector.remote(config),
        entities: connector.entities(config),
        people: new Map(
          Object.entries(sandbox.entities).map(([entity, each]) => [entity, personOf(entity, each, account)])
        )
      }
    })
})

const personOf = <Account extends ConformanceAccount>(
  entity: string,
  sandbox: EntitySandbox<Account>,
  account: Account
): Person => {
  const { children, fates, locked, ...scenes } = sandbox.scenes
  return {
    entity,
    text: sandbox.text,
    removable: sandbox.removable,
    editsShow: sandbox.editsShow,
    record: (index, referred) => sandbox.record(index, referred),
    scenes: {
      ...scenes,
      children: bound(children, account),
      fates: bound(fates, account),
      locked: bound(locked, account)
    }
  }
}

const bound = <Account, A>(scene: Offered<(account: Account) => A>, account: Account): Offered<A> =>
  typeof scene === "function" ? scene(account) : scene

/** What is offered, or the check is skipped for the reason that the sandbox gives. */
export const offered = <A>(offer: Offered<A>): Effect.Effect<A, Skipped> =>
  isNone(offer) ? skip(offer.none) : Effect.succeed(offer)

const isNone = <A>(offer: Offered<A>): offer is { readonly none: string } =>
  typeof offer === "object" && offer !== null && "none" in offer && typeof offer.none === "string"
