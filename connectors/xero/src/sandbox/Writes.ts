/** PUT, POST and DELETE: each element alone, keys, and what else changes with a record. */
import { type Faults, Idempotency, Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Effect, Option, Result, Schema } from "effect"
import * as Time from "../Time.ts"
import type { Books } from "./Books.ts"
import { resources, shown } from "./Books.ts"
import { list, text } from "./Json.ts"
import * as Refusal from "./Refusal.ts"
import type { Resource } from "./Resource.ts"

/** A record that changed, for webhooks. */
export interface Changed {
  readonly resource: Resource
  readonly id: string
  readonly isNew: boolean
  readonly fields: Fields
}

export interface Writes {
  readonly answer: (
    request: Wire.Request,
    resource: Resource,
    id: string | null,
    nowMs: number
  ) => Effect.Effect<Wire.Reply>
  /** What a person does; fails with complaints. */
  readonly byHand: (resource: Resource, given: Fields, id: string | null, nowMs: number) => Effect.Effect<Fields>
  readonly removeByHand: (resource: Resource, id: string, nowMs: number) => Effect.Effect<void>
}

interface Done {
  readonly fields: Fields
  readonly changed: ReadonlyArray<Changed>
}

interface Given {
  readonly element: Fields
  readonly existing: Fields | undefined
  /** An id that is nobody's. */
  readonly isUnknown: boolean
}

const isBody = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

export const make = (options: {
  readonly books: Books
  readonly faults: Faults.Faults
  readonly keysKeptMs: number
  readonly forgetsKeys: boolean
  readonly tell: (changed: ReadonlyArray<Changed>) => Effect.Effect<void>
}): Writes => {
  const { books, faults, tell } = options
  const keys = Idempotency.make(options.keysKeptMs)

  /** Stores one record and whatever changes with it. */
  const store = (resource: Resource, existing: Fields | undefined, given: Fields, nowMs: number) => {
    const view = books.view(nowMs)
    const stored = existing === undefined ? resource.create(given, view) : resource.update(given, existing, view)
    return Result.map(stored, (fields): Done => {
      const also = resource.effects(existing, fields, view)
      books.put(resource, fields, nowMs)
      const changed: Array<Changed> = [
        { resource, id: text(fields, resource.idField), isNew: existing === undefined, fields }
      ]
      for (const each of also) {
        const other = resources.find(({ entity }) => entity === each.entity)
        if (other === undefined) continue
        books.put(other, each.fields, nowMs)
        changed.push({ resource: other, id: text(each.fields, other.idField), isNew: false, fields: each.fields })
      }
      return { fields, changed }
    })
  }

  const givenOf = (
    resource: Resource,
    method: string,
    element: Fields,
    pathId: string | null,
    nowMs: number
  ): Given => {
    const id = pathId ?? text(element, resource.idField)
    if (id !== "") {
      const existing = books.get(resource.entity, id)?.fields
      return { element, existing, isUnknown: existing === undefined }
    }
    const existing = method === "PUT" ? undefined : resource.natural(element, books.view(nowMs))
    return { element, existing, isUnknown: false }
  }

  const write = Effect.fnUntraced(function* (
    request: Wire.Request,
    resource: Resource,
    pathId: string | null,
    nowMs: number
  ): Effect.fn.Return<Wire.Reply> {
    if (request.method === "DELETE") return yield* destroy(resource, pathId ?? "", nowMs)
    const body = Option.getOrNull(isBody(request.body))
    if (body === null) return Refusal.body("The body is not JSON")
    const elements = body[resource.plural] === undefined ? [body] : list(body, resource.plural)
    if (elements.length === 0) return Refusal.body(`No ${resource.plural} were sent`)
    const isSummarized = new URLSearchParams(request.query).get("summarizeErrors") !== "false"
    const view = books.view(nowMs)
    const answers: Array<Fields> = []
    const changed: Array<Changed> = []
    let hasErrors = false
    for (const element of elements) {
      const { existing, isUnknown } = givenOf(resource, request.method, element, pathId, nowMs)
      // With errors summarized one bad element stops them all, so nothing is stored before all are looked at.
      const stored = isUnknown
        ? Result.fail([`The ${resource.entity} could not be found`])
        : isSummarized && elements.length > 1
          ? Result.map(
              existing === undefined ? resource.create(element, view) : resource.update(element, existing, view),
              (fields): Done => ({ fields, changed: [] })
            )
          : store(resource, existing, element, nowMs)
      if (Result.isSuccess(stored)) {
        changed.push(...stored.success.changed)
        answers.push({ ...shown({ fields: stored.success.fields, updatedMs: nowMs }), StatusAttributeString: "OK" })
      } else {
        hasErrors = true
        answers.push({
          ...element,
          [resource.idField]: text(element, resource.idField) || "00000000-0000-0000-0000-000000000000",
          HasErrors: true,
          HasValidationErrors: true,
          StatusAttributeString: "ERROR",
          ValidationErrors: stored.failure.map((Message) => ({ Message }))
        })
      }
    }
    if (isSummarized && hasErrors) return Refusal.validation(answers)
    if (isSummarized && elements.length > 1) {
      const done = elements.map((element) => {
        const { existing } = givenOf(resource, request.method, element, pathId, nowMs)
        return Result.getOrThrow(store(resource, existing, element, nowMs))
      })
      changed.push(...done.flatMap((each) => each.changed))
      answers.splice(0, answers.length, ...done.map(({ fields }) => shown({ fields, updatedMs: nowMs })))
    }
    yield* tell(changed)
    return Wire.json(200, JSON.stringify(envelope(resource.plural, answers, nowMs)))
  })

  const destroy = Effect.fnUntraced(function* (resource: Resource, id: string, nowMs: number) {
    const known = books.get(resource.entity, id)
    if (resource.remove === null) return { status: 405, headers: {}, body: "" }
    if (known === undefined) return Refusal.notFound
    const said = resource.remove(known.fields)
    if (said.length > 0) return Refusal.validation([{ ValidationErrors: said.map((Message) => ({ Message })) }])
    books.destroy(resource.entity, id)
    yield* tell([{ resource, id, isNew: false, fields: known.fields }])
    return { status: 204, headers: { Date: Time.http(nowMs) }, body: "" }
  })

  const once = Effect.fnUntraced(function* (
    request: Wire.Request,
    key: string,
    nowMs: number,
    act: Effect.Effect<Wire.Reply>
  ) {
    const fingerprint = `${request.method} ${request.path} ${request.body}`
    const verdict = options.forgetsKeys ? { _tag: "First" as const } : keys.begin(key, fingerprint, nowMs)
    switch (verdict._tag) {
      case "Replay":
        return verdict.reply
      case "Differs":
        return Refusal.body("The Idempotency-Key was used with another request")
      case "InUse":
        return Refusal.tooMany("concurrent", 1)
      case "First": {
        const reply = yield* Effect.onError(act, () => Effect.sync(() => keys.abandon(key)))
        keys.finish({ key, fingerprint, atMs: nowMs, reply })
        return reply
      }
    }
  })

  return {
    answer: Effect.fnUntraced(function* (request, resource, id, nowMs) {
      const failure = yield* faults.during(request)
      if (failure?.hasEffect === false) return failure.reply
      const act = write(request, resource, id, nowMs)
      const key = request.headers["idempotency-key"]
      const reply =
        key === undefined
          ? yield* act
          : key.length > 128
            ? Refusal.body("The Idempotency-Key must not exceed 128 characters")
            : yield* once(request, key, nowMs, act)
      return failure?.reply ?? reply
    }),
    byHand: (resource, given, id, nowMs) =>
      Effect.suspend(() => {
        const existing = id === null ? undefined : books.get(resource.entity, id)?.fields
        if (id !== null && existing === undefined) return Effect.die(new Error(`there is no ${resource.entity} ${id}`))
        const stored = store(resource, existing, given, nowMs)
        if (Result.isFailure(stored))
          return Effect.die(
            new Error(`a person could not do that to a ${resource.entity}: ${stored.failure.join("; ")}`)
          )
        return Effect.as(tell(stored.success.changed), stored.success.fields)
      }),
    removeByHand: (resource, id, nowMs) =>
      Effect.suspend(() => {
        const known = books.get(resource.entity, id)
        if (known === undefined) return Effect.die(new Error(`there is no ${resource.entity} ${id}`))
        if (resource.removedAs === null) {
          books.destroy(resource.entity, id)
          return tell([{ resource, id, isNew: false, fields: known.fields }])
        }
        const gone = store(resource, known.fields, resource.removedAs, nowMs)
        if (Result.isSuccess(gone)) return tell(gone.success.changed)
        return Effect.die(new Error(`a person could not remove ${resource.entity} ${id}: ${gone.failure.join("; ")}`))
      })
  }
}

export const envelope = (plural: string, records: ReadonlyArray<Fields>, nowMs: number, more: Fields = {}): Fields => ({
  Id: "04e93d48-e72f-4775-b7dd-15a041fab972",
  Status: "OK",
  ProviderName: "Syncline sandbox",
  DateTimeUTC: `/Date(${nowMs})/`,
  ...more,
  [plural]: records
})
