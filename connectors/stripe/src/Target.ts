/**
 * How every kind of Stripe object is written: one request per record, without a guard against a stale `base`.
 *
 * Only creates go under an idempotency key, which Stripe keeps for a day. Under a key Stripe repeats its first answer and does
 * nothing, which is wrong for whatever has the same effect once as twice: an update that was overwritten meanwhile would be told as
 * done. https://docs.stripe.com/api/idempotent_requests
 */
import {
  type Call,
  type Command,
  ConnectorError,
  type Create,
  type Endpoints,
  Http,
  type Invocation,
  OutcomeUnknown,
  Rejected,
  type Remove,
  Rest,
  type Target,
  type Update,
  Verb
} from "@syncline/connector"
import type { Fields } from "@syncline/core"
import { Clock, Effect, Option, type Schema } from "effect"
import * as Children from "./Children.ts"
import { isSpentKey } from "./Errors.ts"
import * as Form from "./Form.ts"
import * as Marker from "./Marker.ts"
import * as Source from "./Source.ts"

export interface Kind<A> extends Source.Place<A> {
  readonly creatable: ReadonlyArray<string>
  readonly updatable: ReadonlyArray<string>
  /** Why others of its fields cannot be written, by name. */
  readonly locked: Readonly<Record<string, string>>
  /** What every new record has, so a create that asks for it says nothing. */
  readonly born?: Fields
}

export const endpoints = ({
  path,
  creatable,
  updatable
}: Pick<Kind<unknown>, "path" | "creatable" | "updatable">): Required<Pick<Endpoints, "create" | "update">> => ({
  create: { method: "POST", path, fields: creatable },
  update: { method: "POST", path: `${path}/{id}`, fields: updatable }
})

/** Stripe keeps a key for at least a day; then it is new. */
const keptMs = 86_400_000

/** Stripe's own clients wait 80 s for an answer, so a request whose connection was lost may run that long. */
const lagMs = 120_000

/** A new record, marked with the op that made it. */
export const create = <A extends Fields>(kind: Kind<A>): NonNullable<Target<A, Http, never>["create"]> => {
  const { path, creatable, locked, born = {} } = kind
  const post = poster(kind)

  /** The key gives a stored failure for ever, and only the mark tells whether there was an effect. */
  const again = Effect.fnUntraced(function* (form: Form.Form, mark: string) {
    const made = (yield* Marker.find(kind, new Set([mark]), { oldestMs: keptMs, youngestMs: 0 })).get(mark)
    return made ?? (yield* post(path, form, `${mark}/2`))
  })

  return {
    ...Verb.each(
      Effect.fnUntraced(function* ({ key, patch }: Create<Fields>) {
        const fields = said(patch, (name, value) => value !== null && !Form.isSame(value, born[name]))
        yield* allowed({ method: "POST", path }, fields, creatable, locked)
        const mark = Marker.of(key)
        const form = { ...Form.created(fields), [`metadata[${Marker.name}]`]: mark }
        return yield* Effect.catchIf(
          post(path, form, mark),
          ({ reason }) => isSpentKey(reason),
          () => again(form, mark)
        )
      })
    ),
    repeat: { _tag: "Keyed", keptMs },
    find: {
      max: 100,
      lagMs,
      run: Effect.fnUntraced(function* (sought) {
        const nowMs = yield* Clock.currentTimeMillis
        const ages = sought.map(({ sentAtMs }) => nowMs - sentAtMs)
        const found = yield* Marker.find(kind, new Set(sought.map(({ key }) => Marker.of(key))), {
          oldestMs: Math.max(...ages),
          // It was sent again for a day at most, and any of these may have made it.
          youngestMs: Math.max(0, Math.min(...ages) - keptMs)
        })
        return new Map(sought.map(({ key }) => [key, Option.fromUndefinedOr(found.get(Marker.of(key)))]))
      })
    }
  }
}

/** Only what differs from `base` is sent; nothing at all when nothing does. */
export const update = <A extends Fields>(
  kind: Kind<A>,
  explained: (reason: Rejected, fields: Fields) => Rejected = (reason) => reason
): NonNullable<Target<A, Http>["update"]> => {
  const { path, updatable, locked } = kind
  const post = poster(kind)
  return {
    ...Verb.each(
      Effect.fnUntraced(function* ({ id, patch, base }: Update<A>) {
        const fields = said(patch, (name, value) => !Form.isSame(value, base[name]))
        const call: Call = { method: "POST", path: pathOf(path, id) }
        yield* allowed(call, fields, updatable, locked)
        const form = Form.updated(fields, base)
        if (Object.keys(form).length === 0) return base
        return yield* post(call.path, form).pipe(
          Effect.catchReason("ConnectorError", "Rejected", (reason) =>
            Effect.fail(new ConnectorError({ operation: Rest.operation(call), reason: explained(reason, fields) }))
          )
        )
      })
    ),
    refusesStale: false
  }
}

/** What Stripe forgets. Removing what is already gone succeeds. */
export const remove = <A>(
  { path }: Pick<Source.Place<A>, "path">,
  otherwise: (op: Remove<A>, reason: Rejected) => Effect.Effect<unknown, ConnectorError, Http> = (op, reason) =>
    Effect.fail(new ConnectorError({ operation: `DELETE ${pathOf(path, op.id)}`, reason }))
): NonNullable<Target<A, Http>["remove"]> => ({
  ...Verb.each((op: Remove<A>) =>
    Verb.removed(
      Http.use((http) => http.send({ method: "DELETE", path: pathOf(path, op.id) })).pipe(
        Effect.catchReason("ConnectorError", "Rejected", (reason) => otherwise(op, reason))
      )
    )
  ),
  as: "deleted"
})

/** What Stripe never forgets is taken out of use. */
export const archive =
  <A>(kind: Source.Place<A>) =>
  ({ id }: Remove<A>): Effect.Effect<A, ConnectorError, Http> =>
    poster(kind)(pathOf(kind.path, id), { active: "false" })

/** A change of state by a call of its own. Refused because it was done before, it succeeds. */
export const command = <A extends Fields, Name extends keyof A & string>(
  kind: Source.Place<A>,
  name: string,
  performs: Command<A, Http, Name>["performs"]
): Command<A, Http, Name> => {
  const post = poster(kind)
  const read = Source.read(kind)
  const isDone = (state: Schema.Json | undefined) =>
    [performs.to, ...(performs.orElse ?? [])].some((done) => Form.isSame(done, state))
  return {
    ...Verb.each(
      Effect.fnUntraced(function* ({ id }: Invocation<A>) {
        const path = `${pathOf(kind.path, id)}/${name}`
        return yield* post(path, {}).pipe(
          Effect.catchReason("ConnectorError", "Rejected", (reason) =>
            Effect.flatMap(read(id), (seen) =>
              seen._tag === "Present" && isDone(seen.record[performs.field])
                ? Effect.succeed(seen.record)
                : Effect.fail(new ConnectorError({ operation: `POST ${path}`, reason: about(performs.field, reason) }))
            )
          )
        )
      })
    ),
    performs
  }
}

/** A complaint about the record as a whole becomes one about this field. */
export const about = (field: string, { fields: { "": whole, ...fields } }: Rejected): Rejected =>
  new Rejected({ fields: whole === undefined ? fields : { ...fields, [field]: whole } })

const pathOf = (path: string, id: string): string => `${path}/${encodeURIComponent(id)}`

/** The fields of a patch that say something. */
const said = (
  patch: { readonly [name: string]: Schema.Json | undefined },
  isSaid: (name: string, value: Schema.Json) => boolean
): Fields =>
  Object.fromEntries(
    Object.entries(patch).flatMap(([name, value]) =>
      value !== undefined && isSaid(name, value) ? [[name, value]] : []
    )
  )

/** Sends a form, under a key if one is given. An answer that cannot be read leaves open what happened, although Stripe says that all is well. */
const poster = <A>({ schema }: Source.Place<A>) => {
  const record = Rest.item(schema, "id")
  return Effect.fnUntraced(function* (
    path: string,
    form: Form.Form,
    mark?: string
  ): Effect.fn.Return<A, ConnectorError, Http> {
    const call: Call = {
      method: "POST",
      path,
      form,
      ...(mark !== undefined && { headers: { "idempotency-key": mark } })
    }
    const { json } = yield* Http.use((http) => http.send(call))
    // What was written is written: an answer that cannot be completed is one that cannot be read.
    const seen = record(yield* Effect.catch(Children.completed(json), () => Effect.succeed(null)))
    if (seen._tag === "Present") return seen.record
    const detail = `Stripe did it, but its answer about ${seen.id} cannot be read: ${seen.why}`
    return yield* new ConnectorError({ operation: Rest.operation(call), reason: new OutcomeUnknown({ detail }) })
  })
}

/** Refuses, before anything is sent, what Stripe would never take. */
const allowed = (
  call: Call,
  fields: Fields,
  writable: ReadonlyArray<string>,
  locked: Kind<never>["locked"]
): Effect.Effect<void, ConnectorError> => {
  const refused = [
    ...Object.keys(fields)
      .filter((name) => !writable.includes(name))
      .map((name) => [
        name,
        locked[name] ?? "Stripe sets this field itself; take it out of the mapping towards Stripe"
      ]),
    ...Object.keys(Form.hashOf(fields["metadata"]))
      .filter((key) => /[[\]]/.test(key))
      .map((key) => [`metadata.${key}`, "a key of Stripe's metadata holds no brackets; give it another name"])
  ]
  return refused.length === 0
    ? Effect.void
    : Effect.fail(
        new ConnectorError({
          operation: Rest.operation(call),
          reason: new Rejected({ fields: Object.fromEntries(refused) })
        })
      )
}
