/** Lawful walks. An author writes how one page is read; positions, frozen bounds and the look-back are here. */
import { Clock, Effect, Option, Schema } from "effect"
import { ConnectorError, PositionExpired, Transient } from "./ConnectorError.ts"
import type { CaughtUp, Change, Changes, Complete, More, Page, Position, Walk } from "./Entity.ts"
import * as EventsTold from "./EventsTold.ts"

export type { Walk } from "./Entity.ts"

export const complete: Complete = { _tag: "Complete" }

/** What a step says comes next: another position, or the ending, which may hold one (`encode` makes it opaque). */
export type Next<P, Ending> =
  | { readonly more: P; readonly afterMs?: number }
  | { readonly end: (encode: (position: P) => Position) => Ending }

/** A walk whose position has a schema: stored positions that no longer decode are `PositionExpired`, not a crash. */
export const make = <P, Item, Ending, R>(options: {
  readonly position: Schema.Codec<P, Schema.Json>
  readonly start: Effect.Effect<P, ConnectorError, R>
  readonly read: (
    position: P
  ) => Effect.Effect<{ readonly items: ReadonlyArray<Item>; readonly next: Next<P, Ending> }, ConnectorError, R>
  readonly progress?: (position: P) => number
}): Walk<Item, Ending, R> => {
  const encode = Schema.encodeSync(options.position)
  const decode = Schema.decodeUnknownEffect(options.position)
  const decodeOption = Schema.decodeUnknownOption(options.position)
  const { progress } = options
  return {
    ...(progress !== undefined && {
      progress: (stored) => Option.match(decodeOption(stored), { onNone: () => 0, onSome: progress })
    }),
    start: Effect.map(options.start, encode),
    read: (stored) =>
      decode(stored).pipe(
        Effect.mapError(
          (error) =>
            new ConnectorError({
              operation: "resume",
              reason: new PositionExpired({ detail: `the stored position is not understood: ${error.message}` })
            })
        ),
        Effect.flatMap(options.read),
        Effect.map(({ items, next }): Page<Item, Ending> => ({
          items,
          next: "end" in next ? next.end(encode) : moreAt(encode(next.more), next.afterMs)
        }))
      )
  }
}

const moreAt = (position: Position, afterMs: number | undefined): More =>
  afterMs === undefined ? { _tag: "More", position } : { _tag: "More", position, afterMs }

/** A page as most providers give it. `next: null` is the provider's explicit "no more". */
export interface Paged<Item> {
  readonly items: ReadonlyArray<Item>
  readonly next: string | null
  /** Of a log: what tells of each of the items, so that walks of changes tell of it once, however far they look back. */
  readonly events?: ReadonlyArray<EventsTold.Event | null>
}

/** A page that leads back to itself would be read for ever. */
export const advancing = <Item, Paging extends Paged<Item>>(
  after: string | null,
  page: Paging
): Effect.Effect<Paging, ConnectorError> =>
  page.next !== null && page.next === after
    ? Effect.fail(
        new ConnectorError({
          operation: "next page",
          reason: new Transient({
            detail: `the page after "${after}" says that the next one comes after "${after}" again`
          })
        })
      )
    : Effect.succeed(page)

/** A complete listing by `after` tokens. Fails with `Transient` when a page does not advance. */
export const pages = <Item, R>(
  page: (after: string | null) => Effect.Effect<Paged<Item>, ConnectorError, R>
): Walk<Item, Complete, R> =>
  make({
    position: Schema.NullOr(Schema.String),
    start: Effect.succeed(null),
    read: (after) =>
      Effect.map(
        Effect.flatMap(page(after), (read) => advancing(after, read)),
        ({ items, next }) => ({ items, next: next === null ? { end: () => complete } : { more: next } })
      )
  })

/** A page whose answer told the provider's time. */
export interface Dated<Item> extends Paged<Item> {
  readonly atMs: number
}

/** What changed in `sinceMs <= time <= untilMs`, in provider time. */
export interface Window {
  readonly sinceMs: number
  readonly untilMs: number
}

const At = Schema.Struct({
  sinceMs: Schema.Finite,
  /** The bound, once the first page has fixed it. */
  untilMs: Schema.NullOr(Schema.Finite),
  phase: Schema.Int,
  after: Schema.NullOr(Schema.String),
  eventsTold: Schema.optionalKey(EventsTold.EventsTold)
})

const expired = (detail: string) =>
  new ConnectorError({ operation: "changes", reason: new PositionExpired({ detail }) })

/**
 * Changes by provider time. The bound is fixed at the first page, phases (updates, then deletions) share it, and the next window
 * looks back `lagMs` from that bound: never from the largest time seen, which a row that became visible late may lie behind. Where pages
 * name their `events`, those that were told of are not told again.
 *
 * Fails with `PositionExpired` when the window began more than `keptMs` ago, by the provider's clock when a window opens and by
 * ours while one is being read, since a paused walk keeps its old bound.
 */
export const windows = <A, R>(options: {
  readonly nowMs: Effect.Effect<number, ConnectorError, R>
  readonly lagMs: number
  readonly precisionMs: number
  readonly deletes: boolean
  readonly keptMs?: number
  readonly phases: ReadonlyArray<
    (window: Window, after: string | null) => Effect.Effect<Paged<Change<A>>, ConnectorError, R>
  >
  /**
   * Reads the first page of the first phase without an upper bound; the time of its answer is the window's. Then `nowMs` is asked
   * only where a walk starts. For providers that date their answers, and answer within `lagMs`.
   */
  readonly first?: (sinceMs: number) => Effect.Effect<Dated<Change<A>>, ConnectorError, R>
}): Changes<A, R> => {
  const { lagMs, precisionMs, deletes, nowMs, keptMs = Infinity, phases, first } = options
  const opening = (boundMs: number, told = EventsTold.none): typeof At.Type => {
    const sinceMs = boundMs - lagMs
    return { sinceMs, untilMs: null, phase: 0, after: null, eventsTold: EventsTold.since(told, sinceMs) }
  }
  const expectKept = Effect.fnUntraced(function* (sinceMs: number, untilMs: number) {
    if (Math.max(untilMs, yield* Clock.currentTimeMillis) - sinceMs > keptMs)
      return yield* expired(`the provider remembers changes for ${keptMs} ms, and the last window began before that`)
  })
  const within = Effect.fnUntraced(function* ({ after, phase: index, sinceMs }: typeof At.Type, untilMs: number) {
    const phase = phases[index]
    if (phase === undefined) return yield* expired(`phase ${index} is not one of this connector's`)
    yield* expectKept(sinceMs, untilMs)
    return { ...(yield* phase({ sinceMs, untilMs }, after)), atMs: untilMs }
  })
  const bounded = Effect.fnUntraced(function* (at: typeof At.Type) {
    if (at.untilMs !== null) return yield* within(at, at.untilMs)
    if (first === undefined) return yield* within(at, yield* nowMs)
    const page = yield* first(at.sinceMs)
    yield* expectKept(at.sinceMs, page.atMs)
    return page
  })
  const walk = make<typeof At.Type, Change<A>, CaughtUp, R>({
    position: At,
    start: Effect.map(nowMs, (boundMs) => opening(boundMs)),
    read: Effect.fn("Walk.windows")(function* (at) {
      const page = yield* advancing<Change<A>, Dated<Change<A>>>(at.after, yield* bounded(at))
      const { next, atMs: untilMs, events = [] } = page
      const { items, told: eventsTold } = EventsTold.sift(at.eventsTold ?? EventsTold.none, page.items, events)
      if (next !== null) return { items, next: { more: { ...at, untilMs, after: next, eventsTold } } }
      if (at.phase + 1 < phases.length) {
        return { items, next: { more: { ...at, untilMs, phase: at.phase + 1, after: null, eventsTold } } }
      }
      return {
        items,
        next: { end: (encode) => ({ _tag: "CaughtUp", position: encode(opening(untilMs, eventsTold)) }) }
      }
    })
  })
  // `Walk.read` is a method, so it is named here instead of spread.
  return { lagMs, precisionMs, deletes, start: walk.start, read: (position) => walk.read(position) }
}
