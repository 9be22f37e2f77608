/** A fresh account, and the connector's own verbs on it without an engine in between. */
import {
  type Account,
  type ConnectorError,
  type Entity,
  Http,
  HttpClient,
  HttpLayer,
  type HttpRemote,
  Sql
} from "@syncline/connector"
import type { Opening, Wire } from "@syncline/connector/sandbox"
import { type Fields, RecordId } from "@syncline/core"
import { SqlRemote } from "@syncline/engine"
import { Context, Effect, Schema, type Scope, Stream } from "effect"
import * as Consent from "./Consent.ts"
import type { Opened, Person, Subject } from "./Subject.ts"
import * as Tap from "./Tap.ts"
import * as VirtualTime from "./VirtualTime.ts"

export interface Provider extends Opened {
  /** Null: the provider is a database. */
  readonly tap: Tap.Tap | null
  /** Runs what the connector does, on one connection, while time passes. */
  readonly run: <A>(effect: Effect.Effect<A, ConnectorError, Http | Sql>) => Effect.Effect<A, ConnectorError>
  /** Lets time pass. A database's own clock cannot be moved. */
  readonly wait: (ms: number) => Effect.Effect<void>
  readonly entity: (name: string) => Entity<Fields, Http | Sql>
  /** Makes records by hand, with those that they refer to. */
  readonly fill: (person: Person, count: number, everyMs?: number) => Effect.Effect<ReadonlyArray<RecordId>>
  readonly truth: (entity: string) => Effect.Effect<ReadonlyMap<RecordId, Fields>>
}

/** Dies where a connector asks for what its remote does not declare. */
const undeclared = (what: string) => Effect.die(new Error(`it uses ${what}, which its remote does not declare`))
const noHttp = Http.of({ send: () => undeclared("HTTP"), stream: () => Stream.fromEffect(undeclared("HTTP")) })
const noSql = Sql.of({ query: () => undeclared("a database") })

export const open = Effect.fn("Provider.open")(function* (
  subject: Subject,
  opening: Opening = {}
): Effect.fn.Return<Provider, never, Scope.Scope> {
  const opened = yield* subject.open(opening)
  const { account, entities, people } = opened
  const tap = account.wire === null ? null : Tap.make(account.wire.handler)
  const isMovable = tap !== null
  const services = yield* servicesOf(subject, opened, tap)
  const { user } = account
  const referred = new Map<string, RecordId>()

  const entity = (name: string): Entity<Fields, Http | Sql> => {
    const found = entities[name]
    if (found === undefined) throw new Error(`the sandbox fills in "${name}", which the connector does not have`)
    return found
  }
  const fieldsOf = Effect.fnUntraced(function* (person: Person, index: number) {
    const missing: Array<string> = []
    const probe = RecordId.make("probe")
    person.record(index, (name) => {
      if (!referred.has(name)) missing.push(name)
      return referred.get(name) ?? probe
    })
    for (const name of missing) {
      const needed = people.get(name)
      if (needed !== undefined) referred.set(name, yield* make(needed, 0))
    }
    return person.record(index, (name) => referred.get(name) ?? probe)
  })
  const make: (person: Person, index: number) => Effect.Effect<RecordId> = Effect.fnUntraced(function* (person, index) {
    return yield* user.create(person.entity, yield* fieldsOf(person, index))
  })
  const wait = (ms: number) => (isMovable ? VirtualTime.pass(ms) : Effect.void)
  let made = 0

  return {
    ...opened,
    tap,
    entity,
    wait,
    run: (effect) => {
      const provided = Effect.provideContext(effect, services)
      return isMovable ? VirtualTime.flowing(provided) : provided
    },
    fill: Effect.fnUntraced(function* (person, count, everyMs = 1000) {
      const ids: Array<RecordId> = []
      for (let index = 0; index < count; index += 1) {
        ids.push(yield* make(person, (made += 1)))
        yield* wait(everyMs)
      }
      return ids
    }),
    truth: account.truth
  }
})

const nobody: Wire.Handler = () => Effect.die(new Error("the provider has no wire"))

const servicesOf = (
  subject: Subject,
  { account, config, remote }: Opened,
  tap: Tap.Tap | null
): Effect.Effect<Context.Context<Http | Sql>> => {
  if (remote._tag === "Sql")
    return Effect.succeed(
      Context.make(Sql, SqlRemote.onDatabase(subject.store.postgres)).pipe(Context.add(Http, noHttp))
    )
  if (tap === null) return Effect.die(new Error("the connector speaks HTTP, but its sandbox has no wire"))
  const transport = HttpClient.Transport.of(tap.transport)
  const entered = (to: HttpRemote, options: HttpLayer.Options) =>
    Effect.map(Effect.provideService(HttpLayer.make(to, options), HttpClient.Transport, transport), ({ http }) =>
      Context.make(Http, http).pipe(Context.add(Sql, noSql))
    )
  const { auth } = remote
  if (auth._tag !== "OAuth2") return entered(remote, {})
  return Effect.gen(function* () {
    const options = { tokens: yield* Consent.token(auth, account.wire?.handler ?? nobody, transport) }
    const services = yield* entered(remote, options)
    const reached: Effect.Effect<ReadonlyArray<Account>, ConnectorError, Http | Sql> = subject.connector.accounts?.(
      config
    ) ?? Effect.succeed([])
    const [first] = yield* Effect.orDie(Effect.provideContext(reached, services))
    if (first === undefined) return services
    const chosen: unknown = yield* Effect.orDie(
      Schema.decodeUnknownEffect(subject.connector.config)({ ...account.config, ...first.config })
    )
    const to = subject.connector.remote(chosen)
    return to._tag === "Http" ? yield* entered(to, options) : services
  })
}

/** The entities that a person fills in, as the connector has them. */
export const people = ({ people }: Opened): ReadonlyArray<Person> => [...people.values()]
