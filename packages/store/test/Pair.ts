/** A pair whose sides both keep images, both held by one execution: what decides, sends and settles in the tests of the store. */
import {
  type Conflict,
  Counters,
  EntityType,
  type Fields,
  Fingerprint,
  Link,
  OpKey,
  type OutboxEntry,
  RecordId,
  type Side
} from "@syncline/core"
import { Effect } from "effect"
import type {
  EntryOutcome,
  Lease,
  PairImage,
  PairKey,
  PairLinkWrite,
  Performed,
  RecordSituation
} from "../src/Batch.ts"
import { Commit } from "../src/Commit.ts"
import { Cursors } from "../src/Cursors.ts"
import { Database } from "../src/Database.ts"
import { ready } from "../src/internal/Sending.ts"
import { byKey, keyOf as paramsOf } from "../src/internal/Row.ts"
import { type Intent, Lanes } from "../src/Lanes.ts"
import { PairLinks } from "../src/PairLinks.ts"
import * as World from "./World.ts"

export const keyOf = (name: string): PairKey => ({ ...World.customers, entity: EntityType.make(name) })

/** The id that the target gives to a record. */
export const made = (name: string) => RecordId.make(`made_${name}`)

export const imageOf = (record: Fields, observedAtMs = 1_700_000_000_000): PairImage => ({
  record,
  fingerprint: Fingerprint.of(record),
  version: null,
  observedAtMs
})

export const draftOf = (
  operation: OutboxEntry.Operation,
  fields: Fields,
  was: string | null = null
): OutboxEntry.Draft => ({
  operation,
  changes: Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, { value, was, atMs: 5, isEstimated: false }])
  ),
  atMs: 5,
  isEstimated: false
})

export const conflict = (source: string): Conflict.OpenConflict => ({
  contested: {
    name: { base: { source: "b", target: "b" }, source, target: "t", at: { source: 1, target: null } }
  },
  withheld: { source: null, target: draftOf("update", { phone: "1" }) }
})

/** Declares the pair and takes both of its sides, whoever had them. */
export const held = Effect.fnUntraced(function* (name: string) {
  yield* World.declare()
  const key = keyOf(name)
  const cursors = yield* Cursors
  const execution = yield* World.start(key)
  const take = (side: Side.Side) => Effect.map(World.take(key, side, execution, World.host, true), ({ lease }) => lease)
  const source = yield* take("source")
  const target = yield* take("target")

  const commitBy = Effect.fnUntraced(function* (
    lease: Lease,
    situations: ReadonlyArray<RecordSituation>,
    performed: Partial<Performed>,
    meanwhile: Effect.Effect<void> = Effect.void
  ) {
    return yield* (yield* Commit).commit(
      {
        lease,
        reads: situations.map(({ key, laneVersions, version }) => ({ key, version, laneVersions })),
        advance: null
      },
      (_, moved) => Effect.as(meanwhile, moved.size > 0 ? World.nothing : { ...World.nothing, ...performed })
    )
  })

  const situation = Effect.fnUntraced(function* (name: string | number) {
    const [found] = yield* (yield* PairLinks).situations(key, { side: "source", ids: [World.id(name)] })
    if (found === undefined) return yield* Effect.die("one situation for each id")
    return found
  })

  /** The source's record is this now. */
  const sighted = ({ key, link, version }: RecordSituation, fields: Fields, id: RecordId): Partial<Performed> => ({
    pairLinks: [
      {
        key,
        readVersion: version,
        sourceId: id,
        targetId: link?.targetId ?? null,
        status: link?.status ?? "pending",
        isDeleted: false,
        source: imageOf(fields),
        target: link === null ? null : "keep"
      }
    ],
    entries: [{ key, side: "target", draft: draftOf(link === null ? "create" : "update", fields) }],
    history: [{ key, side: "source", operation: link === null ? "create" : "update", fields: {}, cause: { found: 1 } }],
    counters: Counters.of({ queued: 1 })
  })

  const decideOn = (lease: Lease, situation: RecordSituation, fields: Fields) =>
    commitBy(lease, [situation], sighted(situation, fields, Link.parseKey(situation.key).id))

  return {
    key,
    source,
    target,
    situation,
    decideOn,
    commit: (situations: ReadonlyArray<RecordSituation>, performed: Partial<Performed>, lease: Lease = source) =>
      commitBy(lease, situations, performed),
    decide: Effect.fnUntraced(function* (name: string | number, fields: Fields) {
      return yield* decideOn(source, yield* situation(name), fields)
    }),
    decideAll: Effect.fnUntraced(function* (names: ReadonlyArray<string | number>) {
      const found = yield* (yield* PairLinks).situations(key, { side: "source", ids: names.map(World.id) })
      const all = found.map((each) => sighted(each, { name: "1" }, Link.parseKey(each.key).id))
      return yield* commitBy(source, found, {
        pairLinks: all.flatMap(({ pairLinks = [] }) => pairLinks),
        entries: all.flatMap(({ entries = [] }) => entries)
      })
    }),
    /** Sends each entry's values as they are, all in one batch. */
    send: Effect.fnUntraced(function* (limit: number) {
      return yield* (yield* Lanes).send(target, limit, (_, claimed) =>
        Effect.succeed(
          claimed.map(({ entry }) => ({
            _tag: "Send" as const,
            entry: entry.id,
            batch: OpKey.make("batch-1"),
            request: Object.fromEntries(Object.entries(entry.changes).map(([field, { value }]) => [field, value]))
          }))
        )
      )
    }),
    settle: Effect.fnUntraced(function* (
      sent: Intent | undefined,
      to: EntryOutcome["to"],
      id?: RecordId,
      meanwhile?: Effect.Effect<void>,
      takenBack: ReadonlyArray<string> = []
    ) {
      if (sent === undefined) return yield* Effect.die("an entry was sent")
      const { entry } = sent
      const [now] = yield* (yield* PairLinks).situations(key, { keys: [entry.key] })
      if (now === undefined || now.link === null) return yield* Effect.die("a sent entry has a link")
      const link: PairLinkWrite = {
        key: entry.key,
        readVersion: now.version,
        sourceId: now.link.sourceId,
        targetId: id ?? now.link.targetId ?? made(entry.key.slice(4)),
        status: "mapped",
        isDeleted: false,
        source: "keep",
        target: imageOf({ id: "made" })
      }
      return yield* commitBy(
        target,
        [now],
        {
          outcomes: [
            {
              entry: entry.id,
              key: entry.key,
              side: "target",
              to,
              error: to === "applied" ? null : "because",
              takenBack
            }
          ],
          ...(to === "applied"
            ? {
                pairLinks: [link],
                history: [{ key: entry.key, operation: entry.operation, fields: {}, cause: { entry: entry.id } }]
              }
            : {})
        },
        meanwhile
      )
    }),
    release: cursors.end([source, target], null)
  }
})

/** Buffers that the claim of so many lanes looks at. */
export const claimBuffers = Effect.fnUntraced(function* (lease: Lease, limit: number) {
  const database = yield* Database
  const plan = yield* database.transaction(lease.pair.tenant, ({ nowMs, query }) =>
    Effect.andThen(
      query(byKey),
      query(`explain (analyze, buffers, format text) ${ready}`, [...paramsOf(lease.pair), lease.side, limit, nowMs])
    )
  )
  const text = plan.map((row) => String(row["QUERY PLAN"])).join("\n")
  return Number(/Buffers: shared hit=(\d+)/.exec(text)?.[1] ?? Number.NaN)
})
