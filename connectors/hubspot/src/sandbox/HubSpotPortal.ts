/** A HubSpot account that lives in this process. */
import {
  type Account,
  Calls,
  Faults,
  Journal,
  OAuthServer,
  Seed,
  Transport,
  Webhooks,
  type Wire
} from "@syncline/connector/sandbox"
import { type Fields, RecordId } from "@syncline/core"
import { Clock, Effect, Result } from "effect"
import type { Shape } from "../Kind.ts"
import * as StandardKinds from "../StandardKinds.ts"
import * as HubSpotWire from "../Wire.ts"
import * as Actions from "./Actions.ts"
import * as Api from "./Api.ts"
import * as BelongingTable from "./Belonging.ts"
import * as Crm from "./Crm.ts"
import { scalar, texts } from "./Json.ts"
import {
  believed,
  defaultClientId,
  defaultClientSecret,
  defaultMarker,
  defaultPortalId,
  type Options
} from "./Options.ts"
import * as Refusal from "./Refusal.ts"
import * as Subscription from "./Subscription.ts"

export interface HubSpotPortal extends Account {
  readonly portalId: number
  /** Makes one record the loser of a merge; the winner lives on. */
  readonly merge: (entity: string, loser: RecordId, winner: RecordId) => Effect.Effect<void>
  readonly webhooks: Webhooks.Webhooks
  readonly nowMs: Effect.Effect<number>
  readonly authorization: OAuthServer.OAuthServer
}

const names = ["Katherine", "Zoë", "ねこ", "Søren", "Анна", "O'Brien"] as const

export const open = Effect.fn("HubSpotSandbox.open")(function* (
  options: Options = {}
): Effect.fn.Return<HubSpotPortal> {
  const nowMs = Effect.map(Clock.currentTimeMillis, (ms) => ms + (options.skewMs ?? 0))
  const portalId = options.portalId ?? defaultPortalId
  const profile = { ...believed, ...options.profile }
  const shapes = [...StandardKinds.all, ...(options.customObjects ?? [])]
  const crm = Crm.make(shapes, options.isBare === true ? null : defaultMarker, profile)
  const belonging = BelongingTable.make()
  const faults = Faults.make()
  const calls = Calls.make(Journal.memory)
  const webhooks = yield* Webhooks.make({ retryAfterMs: Subscription.retryAfterMs, ...options.webhooks })
  const tell = Subscription.tell({
    webhooks,
    url: options.webhooks?.url ?? null,
    secret: options.webhooks?.secret ?? defaultClientSecret,
    portalId,
    nowMs
  })
  const actions = Actions.make(crm, belonging, tell)
  seed(crm, options, yield* nowMs)

  const authorization = OAuthServer.make({
    clientId: defaultClientId,
    clientSecret: defaultClientSecret,
    authorizePath: "/oauth/authorize",
    tokenPaths: ["/oauth/2026-09/token", "/oauth/v3/token", "/oauth/v1/token"],
    rotates: false,
    refuse: Refusal.noGrant,
    nowMs
  })
  const handler: Wire.Handler = Api.handler({
    crm,
    belonging,
    actions,
    profile,
    calls,
    faults,
    nowMs,
    authorization,
    withoutScope: options.withoutScope ?? [],
    portalId,
    limits: options.limits ?? null,
    lagMs: options.lagMs ?? 0
  })
  const known = (entity: string): Shape => {
    const found = shapes.find((shape) => shape.entity === entity)
    if (found !== undefined) return found
    throw new Error(`the HubSpot sandbox has no "${entity}", only ${shapes.map((shape) => shape.entity).join(", ")}`)
  }
  /** Gives a record what its fields say that it belongs to, in place of what it did. */
  const belong = Effect.fnUntraced(function* (shape: Shape, id: string, fields: Fields) {
    for (const { field, to, typeId } of shape.associations) {
      if (!(field in fields)) continue
      const other = known(crm.shapeOf(to)?.entity ?? to)
      const wanted = texts(fields[field])
      for (const old of belonging.of(shape.type, id, to).keys())
        if (!wanted.includes(old)) yield* actions.part(shape, id, other, old)
      for (const each of wanted) yield* actions.belong(shape, id, other, each, typeId)
    }
  })
  const typed = (shape: Shape, fields: Fields): Readonly<Record<string, string>> => {
    const associated = new Set(shape.associations.map(({ field }) => field))
    return Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]) => (associated.has(name) ? [] : [[name, scalar(value)] as const]))
    )
  }
  const expect = (written: Crm.Written): Crm.Kept =>
    Result.getOrThrowWith(written, ({ message }) => new Error(`HubSpot refuses what a person typed: ${message}`))
  const truth = (shape: Shape): ReadonlyMap<RecordId, Fields> => {
    const read = HubSpotWire.reader(shape)
    return new Map(
      crm.list(shape, false).map((kept) => {
        const listed = read(Crm.shown(shape, kept, shape.properties))
        const fields = listed._tag === "Present" ? listed.record : {}
        const belongs = shape.associations.map(({ field, isMany, to, typeId }) => {
          const other = known(crm.shapeOf(to)?.entity ?? to)
          const ids = [...belonging.of(shape.type, kept.id, to)]
            .filter(([id, labels]) => labels.has(typeId) && crm.get(other, id) !== undefined)
            .map(([id]) => id)
            .toSorted((one, two) => Number(one) - Number(two))
          return [field, isMany ? ids : (ids[0] ?? null)] as const
        })
        return [RecordId.make(kept.id), { ...fields, ...Object.fromEntries(belongs) }] as const
      })
    )
  }

  return {
    portalId,
    handler,
    remote: Transport.client(handler),
    faults,
    calls,
    webhooks,
    nowMs,
    authorization,
    user: {
      create: Effect.fnUntraced(function* (entity, fields) {
        const shape = known(entity)
        const { id } = expect(yield* actions.create(shape, typed(shape, fields), yield* nowMs, false))
        yield* belong(shape, id, fields)
        return RecordId.make(id)
      }),
      edit: Effect.fnUntraced(function* (entity, id, fields) {
        const shape = known(entity)
        const values = typed(shape, fields)
        if (Object.keys(values).length > 0) expect(yield* actions.update(shape, id, values, yield* nowMs))
        yield* belong(shape, id, fields)
      }),
      remove: Effect.fnUntraced(function* (entity, id) {
        yield* actions.archive(known(entity), id, yield* nowMs)
      })
    },
    merge: Effect.fnUntraced(function* (entity, loser, winner) {
      yield* actions.merge(known(entity), winner, loser, yield* nowMs)
    }),
    truth: (entity) => Effect.sync(() => truth(known(entity))),
    count: (entity) => Effect.sync(() => crm.list(known(entity), false).length)
  }
})

const seed = (crm: Crm.Crm, { companies = 0, seed = 1, size = 0 }: Options, epochMs: number): void => {
  const store = (shape: Shape, given: Readonly<Record<string, string>>, atMs: number): void => {
    const made = crm.create(shape, given, atMs, false)
    if (Result.isFailure(made)) throw new Error(`a seed is refused: ${made.failure.message}`)
  }
  for (let index = 0; index < companies; index += 1)
    store(StandardKinds.company, { name: `Company ${index + 1}` }, epochMs - (companies - index) * 1000)
  for (let index = 0; index < size; index += 1) {
    const draw = new Seed.Draw(seed, 1, index)
    const given = {
      firstname: draw.pick(names),
      lastname: `Number ${index + 1}`,
      ...(draw.chance(80) && { email: `contact${index + 1}@example.com` })
    }
    store(StandardKinds.contact, given, epochMs - (size - index) * 1000)
  }
}
