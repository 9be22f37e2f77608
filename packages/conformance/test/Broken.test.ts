/**
 * Ten things broken on purpose, each in a connector that is otherwise whole, and the check that says so. docs/conformance.md has
 * them as a table.
 */
import { type Entity, Http, type HttpRemote, RateLimited } from "@syncline/connector"
import { stripe } from "@syncline/connector-stripe"
import { sandbox as stripeSandbox } from "@syncline/connector-stripe/sandbox"
import { OpKey } from "@syncline/core"
import type { AnyConnector } from "@syncline/engine"
import { Effect, Exit, Result, Schema, Scope } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import { groups } from "../src/Conformance.ts"
import * as StoreServices from "../src/StoreServices.ts"
import * as Subject from "../src/Subject.ts"
import * as Verdict from "../src/Verdict.ts"
import { acme, sandbox } from "./Acme.ts"

type Source = Entity["source"]
type Target = NonNullable<Entity["target"]>

const reading = (entity: Entity, source: Partial<Source>): Entity => ({
  ...entity,
  source: { ...entity.source, ...source }
})
const writing = (entity: Entity, change: (target: Target) => Partial<Target>): Entity =>
  entity.target === undefined ? entity : { ...entity, target: { ...entity.target, ...change(entity.target) } }

/** The last page, where it is not the first, is not read any more. */
const dropsLastPage = (entity: Entity): Entity => {
  const { list } = entity.source
  return reading(entity, {
    list: {
      start: list.start,
      read: (position) =>
        Effect.map(list.read(position), (page) =>
          page.next._tag === "Complete" && position !== null ? { ...page, items: [] } : page
        )
    }
  })
}

/** A page that was cut is taken for the last one. */
const guessesCompleteness = (entity: Entity): Entity => {
  const { list } = entity.source
  return reading(entity, {
    list: {
      start: list.start,
      read: (position) =>
        Effect.catch(list.read(position), () => Effect.succeed({ items: [], next: { _tag: "Complete" } as const }))
    }
  })
}

const Position = Schema.Struct({ sinceMs: Schema.Finite, untilMs: Schema.Null })
const isOpening = Schema.is(Position)

/** The next window begins where the last one ended, instead of as far before it as a change may be late. */
const forgetsLookBack = (entity: Entity): Entity => {
  const { changes } = entity.source
  if (changes === undefined) return entity
  return reading(entity, {
    changes: {
      ...changes,
      read: (position) =>
        Effect.map(changes.read(position), (page) => {
          const { next } = page
          if (next._tag !== "CaughtUp" || !isOpening(next.position)) return page
          const sinceMs = next.position.sinceMs + changes.lagMs
          return { ...page, next: { _tag: "CaughtUp", position: { ...Object(next.position), sinceMs } } as const }
        })
    }
  })
}

/** Deletions are left out of the changes that promise them. */
const hidesDeletions = (entity: Entity): Entity => {
  const { changes } = entity.source
  if (changes === undefined) return entity
  return reading(entity, {
    changes: {
      ...changes,
      read: (position) =>
        Effect.map(changes.read(position), (page) => ({
          ...page,
          items: page.items.filter(({ _tag }) => _tag !== "Gone")
        }))
    }
  })
}

/** Fields that the connector does not know are dropped. */
const dropsUnknown = (entity: Entity): Entity => {
  const { list } = entity.source
  const known = new Set(["id", "etag", "name", "email", "note", "company", "updated_at", "deleted_at"])
  return reading(entity, {
    list: {
      start: list.start,
      read: (position) =>
        Effect.map(list.read(position), (page) => ({
          ...page,
          items: page.items.map((item) =>
            item._tag === "Present"
              ? { ...item, record: Object.fromEntries(Object.entries(item.record).filter(([name]) => known.has(name))) }
              : item
          )
        }))
    }
  })
}

let tries = 0

/** A create is sent again under a key of its own, as if the first one had not happened. */
const createsBlindly = (entity: Entity): Entity =>
  writing(entity, ({ create }) => ({
    ...(create !== undefined && {
      create: {
        ...create,
        run: (ops, batch) =>
          Effect.map(
            create.run(
              ops.map((op) => ({ ...op, key: OpKey.make(`${op.key}-${(tries += 1)}`) })),
              batch
            ),
            (outcomes) => {
              const [outcome] = outcomes.values()
              const [op] = ops
              return new Map(op === undefined || outcome === undefined ? [] : [[op.key, outcome] as const])
            }
          )
      }
    })
  }))

/** An update that changes nothing is sent all the same. */
const updatesAlways = (entity: Entity): Entity =>
  writing(entity, ({ update }) => ({
    ...(update !== undefined && {
      update: {
        ...update,
        run: (ops, batch) =>
          update.run(
            ops.map((op) => ({
              ...op,
              // What it was is made out to differ, so that all of the patch goes.
              base: { id: op.base["id"] ?? null, etag: op.base["etag"] ?? null }
            })),
            batch
          )
      }
    })
  }))

/** Deleting what is gone is told as an error. */
const failsOnGone = (entity: Entity): Entity =>
  writing(entity, ({ remove }) => ({
    ...(remove !== undefined && {
      remove: {
        ...remove,
        run: (ops) =>
          Effect.map(
            Effect.forEach(ops, ({ id, key }) =>
              Http.use((http) => http.send({ method: "DELETE", path: `${entity.endpoints.list.path}/${id}` })).pipe(
                Effect.as(Result.succeed(undefined)),
                Effect.catch(({ reason }) => Effect.succeed(Result.fail(reason))),
                Effect.map((outcome) => [key, outcome] as const)
              )
            ),
            (outcomes) => new Map(outcomes)
          )
      }
    })
  }))

const remoteOf = (connector: AnyConnector, change: (remote: HttpRemote) => HttpRemote): AnyConnector => ({
  ...acme(),
  remote: (config) => {
    const remote = connector.remote(config)
    return remote._tag === "Http" ? change(remote) : acme().remote(Object(config))
  }
})

/** A 429 is tried again at once, whatever Retry-After says. */
const ignoresRetryAfter = remoteOf(acme(), (remote) => ({
  ...remote,
  errors: [
    {
      when: "too many requests",
      matches: ({ status }) => status === 429,
      reason: () => new RateLimited({ retryAfterMs: 1 }),
      example: { status: 429, text: "{}" }
    },
    ...remote.errors
  ]
}))

/** Signatures are compared over the body as it is written again from what was parsed. */
const signsReencoded = (): AnyConnector => {
  const { webhooks } = stripe
  if (webhooks === undefined) throw new Error("Stripe has webhooks")
  const { signature } = webhooks
  const scheme: typeof signature = {
    ...signature,
    secrets: (config) => signature.secrets(config),
    proof: (request) => {
      const text = new TextDecoder().decode(request.body)
      const parsed = Result.getOrElse(
        Result.try(() => JSON.stringify(JSON.parse(text))),
        () => text
      )
      return signature.proof({ ...request, body: new TextEncoder().encode(parsed) })
    }
  }
  return {
    ...stripe,
    webhooks: { ...webhooks, signature: scheme, parse: (json, request) => webhooks.parse(json, request) }
  }
}

/** What is broken, and the check that must say so. */
const breaks: ReadonlyArray<readonly [what: string, check: string, broken: () => AnyConnector]> = [
  ["drops the last page", "C15", () => acme(dropsLastPage)],
  ["takes a cut page for the last one", "C35", () => acme(guessesCompleteness)],
  ["forgets to look back", "C31", () => acme(forgetsLookBack)],
  ["leaves deletions out of its changes", "C34", () => acme(hidesDeletions)],
  ["drops fields that it does not know", "C24", () => acme(dropsUnknown)],
  ["sends a create again blindly", "C39", () => acme(createsBlindly)],
  ["sends updates that change nothing", "C41", () => acme(updatesAlways)],
  ["tells of a deletion of what is gone as an error", "C47", () => acme(failsOnGone)],
  ["ignores Retry-After", "C59", () => ignoresRetryAfter],
  ["compares signatures on JSON that it has written again", "C51", signsReencoded]
]

describe("a connector that", () => {
  const lifetime = Scope.makeUnsafe()
  let store: StoreServices.StoreServices | null = null
  beforeAll(async () => {
    const url = await freshDatabase()
    store = await Effect.runPromise(Scope.provide(StoreServices.open(url), lifetime))
  })
  afterAll(() => Effect.runPromise(Scope.close(lifetime, Exit.void)))

  for (const [what, id, broken] of breaks)
    it(`${what} is caught by ${id}`, async () => {
      const check = groups.flatMap(({ checks }) => checks).find((each) => each.id === id)
      if (store === null || check === undefined) return assert.fail("there is no store, or no such check")
      const settings = { seed: 1, isFull: false, readme: null }
      const connector = broken()
      const subject =
        connector.name === "stripe"
          ? Subject.make(connector, stripeSandbox, store, settings)
          : Subject.make(connector, sandbox, store, settings)
      const { verdict, why } = await Effect.runPromise(Verdict.of(check, subject))
      assert.strictEqual(verdict, "failed", why ?? "nothing was found")
    })
})
