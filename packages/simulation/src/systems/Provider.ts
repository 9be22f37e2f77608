/** A provider that is simulated: its API over the records that it keeps, with the quirks that its documentation admits. */
import type { Fields, Side } from "@syncline/core"
import type { Stream } from "../Seed.ts"
import { Arrivals } from "./Arrivals.ts"
import { answerOf, bodyOf, type Call, partsOf, verbOf } from "./Call.ts"
import { entitiesOf, type EntityLayout } from "./Layout.ts"
import * as Grants from "./Grants.ts"
import * as Listing from "./Listing.ts"
import type { Quirks } from "./Quirks.ts"
import { type Change, type Kept, newest, Records, textOf } from "./Records.ts"
import type { Act, Arrival, System, Verb } from "./System.ts"

export interface Options {
  readonly name: string
  readonly side: Side.Side
  readonly quirks: Quirks
  /** What must be in the `authorization` header, after "Bearer "; where there are grants, the app's secret. */
  readonly token: string
  /** Null: the token never ends. */
  readonly tokens: Grants.TokenHabits | null
  readonly chance: Stream
}

export interface Provider extends System {
  readonly quirks: Quirks
  /** Every record that ever was, for oracles. */
  readonly records: Records
  /** From now on every value of this birth's record is refused; null: of nobody's. */
  readonly refuse: (birth: string | null) => void
  readonly refused: () => string | null
  /** Its tokens; null: it has one that never ends. */
  readonly grants: Grants.Grants | null
}

/** What a request came to; what of it is remembered is put together by `handle`. */
interface Outcome {
  readonly status: number
  readonly body: unknown
  readonly id?: string | null
  readonly patch?: Fields | null
  readonly shown?: Arrival["shown"]
  readonly isReplay?: boolean
}

export const make = (options: Options): Provider => {
  const { name, quirks, side, token, tokens } = options
  const grants = tokens === null ? null : Grants.make(name, tokens, token)
  const records = new Records(quirks, options.chance)
  const arrivals = new Arrivals()
  const entities = new Map(entitiesOf(side).map((entity) => [entity.name, entity]))
  const answersByKey = new Map<string, { readonly atMs: number; readonly outcome: Outcome }>()
  const habits = new Map<string, number>()
  const shows = (kind: string, isShown = true) => {
    if (isShown) habits.set(kind, (habits.get(kind) ?? 0) + 1)
  }
  /** What the pages of a walk have shown so far. */
  const walked = new Map<string, Set<string>>()
  let isHealed = false
  let refused: string | null = null

  const handle: System["handle"] = (request, { nowMs, sentAtMs }) => {
    const url = new URL(request.url)
    const [entityName, path] = partsOf(request.url)
    const entity = entities.get(entityName)
    const call: Call = {
      method: request.method,
      path,
      query: url.searchParams,
      headers: request.headers,
      body: bodyOf(request),
      nowMs,
      arrival: arrivals.all.length
    }
    const verb = verbOf(entityName, call)
    const asked = verb === "token" ? (grants?.ask(request, nowMs) ?? null) : null
    const entered = asked === null ? (grants?.entered(request) ?? null) : asked.spent
    const isIn =
      grants === null
        ? request.headers["authorization"] === `Bearer ${token}`
        : entered !== null && grants.isGood(entered, nowMs)
    const outcome: Outcome =
      asked !== null
        ? { status: asked.status, body: asked.body }
        : !isIn
          ? { status: 401, body: { error: "unknown token" } }
          : verb === "check"
            ? { status: 200, body: { account: name } }
            : entity === undefined
              ? { status: 404, body: { error: `no such path: ${url.pathname}` } }
              : answered(entity, verb, call)
    arrivals.add({
      n: call.arrival,
      atMs: nowMs,
      sentAtMs,
      verb: asked === null && !isIn ? "unknown" : verb,
      entity: entityName,
      id: outcome.id ?? null,
      key: request.headers["idempotency-key"] ?? null,
      patch: outcome.patch ?? null,
      isGuarded: request.headers["if-match"] !== undefined,
      status: outcome.status,
      answered: outcome.shown ?? new Map(),
      isReplay: outcome.isReplay ?? false,
      entered,
      granted: asked?.granted ?? null,
      isReuse: asked?.isReuse ?? false
    })
    shows("skewed clock", quirks.skewMs !== 0)
    return answerOf(outcome, nowMs + quirks.skewMs)
  }

  const answered = (entity: EntityLayout, verb: Verb, call: Call): Outcome => {
    switch (verb) {
      case "list":
      case "changes":
      case "look up":
      case "get":
        return read(entity, verb, call)
      case "create":
        return remembered(call, () => create(entity, call))
      case "update":
      case "remove":
        return remembered(call, () => change(entity, verb, call))
      default:
        return { status: 405, body: { error: "not allowed" } }
    }
  }

  const read = (entity: EntityLayout, verb: "list" | "changes" | "look up" | "get", call: Call): Outcome => {
    const asked = { records, quirks, entity, query: call.query, nowMs: call.nowMs }
    const { body, shown } =
      verb === "get"
        ? Listing.byIds(asked)
        : verb === "look up"
          ? Listing.search(asked)
          : verb === "list"
            ? Listing.list(asked)
            : quirks.feed === "log"
              ? Listing.log(asked)
              : Listing.window(asked)
    const isLate =
      verb !== "get" && records.all(entity.name).some((kept) => (newest(kept)?.visibleAtMs ?? 0) > call.nowMs)
    shows("late visibility", isLate)
    if (quirks.paging === "offset" && (verb === "list" || (verb === "changes" && quirks.feed === "window")))
      turn(`${entity.name}/${verb}`, call.query.has("after"), [...shown.keys()])
    return { status: 200, body, shown }
  }

  const turn = (walk: string, goesOn: boolean, ids: ReadonlyArray<string>) => {
    const before = goesOn ? walked.get(walk) : undefined
    shows(
      "moved pages",
      ids.some((id) => before?.has(id))
    )
    walked.set(walk, new Set([...(before ?? []), ...ids]))
  }

  const write = (change: Change): void => {
    const { isBack, isBent } = records.write(change)
    shows("normalised value", isBent)
    shows("times that go back", isBack)
    shows("coarse times", quirks.stampMs > 1)
  }

  /** A key that was answered is answered the same again; a failure only where the provider keeps those too. */
  const remembered = (call: Call, perform: () => Outcome): Outcome => {
    const key = call.headers["idempotency-key"]
    if (quirks.protection !== "Keyed" || key === undefined) return perform()
    const kept = answersByKey.get(key)
    if (kept !== undefined && call.nowMs - kept.atMs < quirks.keptMs) return { ...kept.outcome, isReplay: true }
    shows("forgotten key", kept !== undefined)
    const outcome = perform()
    if (outcome.status < 300 || (quirks.keepsFailures && outcome.status === 422)) {
      answersByKey.set(key, { atMs: call.nowMs, outcome })
    }
    return outcome
  }

  const create = (entity: EntityLayout, call: Call): Outcome => {
    const patch = call.body
    const birth = patch["birth"]
    const refusal = refusalOf(entity, patch, birth)
    if (refusal !== null) return { status: 422, body: { fields: refusal }, patch }
    const twin =
      quirks.protection === "Unique"
        ? records.all(entity.name).find((kept) => newest(kept)?.fields?.["birth"] === birth && birth !== null)
        : undefined
    const id = twin?.id ?? `${name}-${entity.name}-a${call.arrival}`
    if (twin === undefined) {
      const by = { _tag: "Api", arrival: call.arrival } as const
      write({ entity, id, patch, by, nowMs: call.nowMs })
    }
    return { status: twin === undefined ? 201 : 200, body: wireOf(entity, id), id, patch, isReplay: twin !== undefined }
  }

  const change = (entity: EntityLayout, verb: "update" | "remove", call: Call): Outcome => {
    const [id = ""] = call.path
    const patch = verb === "update" ? call.body : null
    const kept = records.get(entity.name, id)
    const now = kept === undefined ? undefined : newest(kept)
    if (kept === undefined || now === undefined || now.fields === null)
      return { status: 404, body: { error: "no such record" }, id, patch }
    const isLocked = kept.lockedUntilMs > call.nowMs && !isHealed
    shows("locked record", isLocked)
    if (isLocked) return { status: 423, body: { error: "somebody has the record open" }, id, patch }
    const known = call.headers["if-match"]
    if (quirks.checksVersion && known !== undefined && known !== String(now.rev))
      return { status: 412, body: { error: `the record is at version ${now.rev}` }, id, patch }
    const refusal = patch === null ? null : refusalOf(entity, patch, now.fields["birth"])
    if (refusal !== null) return { status: 422, body: { fields: refusal }, id, patch }
    const by = { _tag: "Api", arrival: call.arrival } as const
    write({ entity, id, patch, by, nowMs: call.nowMs })
    if (patch !== null) return { status: 200, body: wireOf(entity, id), id, patch }
    unlink(entity, id, null, call.nowMs)
    return { status: 204, body: null, id, patch }
  }

  const wireOf = (entity: EntityLayout, id: string): unknown => {
    const kept = records.get(entity.name, id)
    const version = kept === undefined ? undefined : newest(kept)
    return version === undefined ? null : Listing.shape(quirks, id, version)
  }

  /** What this provider will never take: unknown fields, and references to what never was; and what it does not take now. */
  const refusalOf = (
    entity: EntityLayout,
    patch: Fields,
    birth: Fields[string] | undefined
  ): Readonly<Record<string, string>> | null => {
    if (birth === refused) return { birth: "is not welcome" }
    const complaints = Object.entries(patch).flatMap(([field, value]): ReadonlyArray<readonly [string, string]> => {
      const kind = entity.fields.find((each) => each.name === field)?.kind
      if (kind === undefined) return [[field, "is not a field"]]
      if (kind._tag !== "Reference" || value === null) return []
      return records.get(kind.entity, textOf(value)) === undefined ? [[field, `there is no "${textOf(value)}"`]] : []
    })
    return complaints.length === 0 ? null : Object.fromEntries(complaints)
  }

  /** What refers to a record that is no more: emptied, or moved to the one it lives on in. */
  const unlink = (entity: EntityLayout, id: string, into: string | null, nowMs: number): void => {
    if (quirks.onGone === "dangle" && into === null) return
    for (const other of entities.values()) {
      for (const { kind, name: field } of other.fields) {
        if (kind._tag !== "Reference" || kind.entity !== entity.name) continue
        for (const [referrer, fields] of records.live(other.name)) {
          if (fields[field] !== id || referrer === into) continue
          shows("emptied reference", into === null)
          const by = { _tag: "Provider", why: into === null ? "unlinked" : "merged" } as const
          write({ entity: other, id: referrer, patch: { [field]: into }, by, nowMs })
        }
      }
    }
  }

  const living = (entityName: string, id: string) => {
    const entity = entities.get(entityName)
    const kept: Kept | undefined = records.get(entityName, id)
    return entity !== undefined && kept !== undefined && (newest(kept)?.fields ?? null) !== null
      ? { entity, kept }
      : undefined
  }
  const byUser = ({ step }: Act) => ({ _tag: "User", step }) as const

  const hands: System["hands"] = {
    create: (entityName, fields, act) => {
      const entity = entities.get(entityName)
      if (entity === undefined) throw new Error(`"${name}" has no entity "${entityName}"`)
      const id = `${name}-${entityName}-u${act.step}`
      write({ entity, id, patch: fields, by: byUser(act), nowMs: act.nowMs })
      return id
    },
    edit: (entityName, id, fields, act) => {
      const found = living(entityName, id)
      if (found === undefined) return false
      write({ entity: found.entity, id, patch: fields, by: byUser(act), nowMs: act.nowMs })
      return true
    },
    remove: (entityName, id, act) => {
      const found = living(entityName, id)
      if (found === undefined) return false
      write({ entity: found.entity, id, patch: null, by: byUser(act), nowMs: act.nowMs })
      unlink(found.entity, id, null, act.nowMs)
      return true
    },
    merge: (entityName, id, into, act) => {
      const found = living(entityName, id)
      if (found === undefined || living(entityName, into) === undefined || id === into) return false
      write({
        entity: found.entity,
        id,
        patch: null,
        by: byUser(act),
        nowMs: act.nowMs,
        mergedInto: into
      })
      shows("merged record")
      unlink(found.entity, id, into, act.nowMs)
      return true
    },
    lock: (entityName, id, untilMs) => {
      const found = living(entityName, id)
      if (found !== undefined) found.kept.lockedUntilMs = untilMs
      return found !== undefined
    }
  }

  return {
    name,
    side,
    quirks,
    records,
    refuse: (birth) => {
      refused = birth
    },
    refused: () => refused,
    grants,
    baseUrl: `https://${name}.example`,
    handle,
    hands,
    habits,
    events: records.events,
    arrivals: arrivals.all,
    heard: (arrival, text) => arrivals.heard(arrival, text),
    live: (entity) => records.live(entity),
    heal: () => {
      isHealed = true
    }
  }
}
