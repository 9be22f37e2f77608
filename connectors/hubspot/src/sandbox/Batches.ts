/** Writes and reads of many records at once: each answered by itself, 207 where some failed. https://developers.hubspot.com/docs/api-reference/error-handling#multi-status-errors */
import { Rest } from "@syncline/connector"
import { Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Effect, Result } from "effect"
import type { Shape } from "../Kind.ts"
import type { Actions } from "./Actions.ts"
import { type Crm, type Kept, shown } from "./Crm.ts"
import { hash, isHash, list, scalar, text, texts } from "./Json.ts"
import type { Profile } from "./Options.ts"
import * as Refusal from "./Refusal.ts"
import type { Values } from "./Rules.ts"

export interface Place {
  readonly crm: Crm
  readonly actions: Actions
  readonly profile: Profile
}

const most = 100

export const valuesOf = (input: Fields): Values =>
  Object.fromEntries(Object.entries(hash(input, "properties")).map(([name, value]) => [name, scalar(value)]))

type Outcome = Result.Result<Fields, Refusal.Refused>

/** The answer to a batch whose elements went well, or not. */
const answer = (
  status: number,
  inputs: ReadonlyArray<Fields>,
  outcomes: ReadonlyArray<Outcome>,
  nowMs: number,
  isShuffled: boolean
): Wire.Reply => {
  const results: Array<Fields> = []
  const errors: Array<Fields> = []
  outcomes.forEach((outcome, index) => {
    const trace = text(inputs[index] ?? {}, "objectWriteTraceId")
    if (Result.isSuccess(outcome))
      results.push({ ...outcome.success, ...(trace !== "" && { objectWriteTraceId: trace }) })
    else {
      const failed = Refusal.fields(outcome.failure)
      const context = { ...hash(failed, "context"), ...(trace !== "" && { objectWriteTraceId: [trace] }) }
      errors.push({ ...failed, context })
    }
  })
  const body = {
    status: "COMPLETE",
    results: isShuffled ? results.toReversed() : results,
    ...(errors.length > 0 && { numErrors: errors.length, errors }),
    startedAt: Rest.iso(nowMs),
    completedAt: Rest.iso(nowMs)
  }
  return Wire.json(errors.length > 0 ? 207 : status, JSON.stringify(body))
}

const show = (shape: Shape, kept: Kept, properties: Values): Fields => shown(shape, kept, Object.keys(properties))

export const batch = Effect.fnUntraced(function* (
  { actions, crm, profile }: Place,
  shape: Shape,
  verb: string,
  body: Fields,
  nowMs: number,
  isStrict: boolean
): Effect.fn.Return<Wire.Reply> {
  const inputs = list(body, "inputs")
  if (inputs.length > most)
    return Refusal.badRequest(`The batch has ${inputs.length} inputs, at most ${most} are allowed`)
  const ids = inputs.map((input) => text(input, "id")).filter((id) => id !== "")
  if (profile.refusesTwins && verb !== "read" && new Set(ids).size < ids.length) return Refusal.twins
  const each = (run: (input: Fields) => Effect.Effect<Outcome>): Effect.Effect<ReadonlyArray<Outcome>> =>
    Effect.forEach(inputs, run)
  const outcomeOf =
    (input: Fields, more: Fields = {}) =>
    (written: Result.Result<Kept, Refusal.Refused>): Outcome =>
      Result.map(written, (kept) => ({ ...show(shape, kept, valuesOf(input)), ...more }))
  const reply = (status: number, outcomes: ReadonlyArray<Outcome>): Wire.Reply =>
    answer(status, inputs, outcomes, nowMs, profile.shufflesBatches)

  switch (verb) {
    case "read":
      return read(crm, shape, body, inputs, nowMs, profile.shufflesBatches)
    case "create":
      return reply(
        201,
        yield* each((input) => Effect.map(created(actions, crm, shape, input, nowMs, isStrict), outcomeOf(input)))
      )
    case "update":
      return reply(
        200,
        yield* each((input) => {
          const id = located(crm, shape, input)?.id ?? text(input, "id")
          return Effect.map(actions.update(shape, id, valuesOf(input), nowMs), outcomeOf(input))
        })
      )
    case "upsert":
      return reply(
        200,
        yield* each((input) => {
          const found = located(crm, shape, input)
          const property = text(input, "idProperty")
          const values = { ...(property !== "" && { [property]: text(input, "id") }), ...valuesOf(input) }
          const written =
            found === undefined
              ? actions.create(shape, values, nowMs, isStrict)
              : actions.update(shape, found.id, values, nowMs)
          return Effect.map(written, outcomeOf(input, { new: found === undefined }))
        })
      )
    case "archive":
      for (const id of ids) yield* actions.archive(shape, id, nowMs)
      return { status: 204, headers: {}, body: "" }
    default:
      return Refusal.noRoute
  }
})

const located = (crm: Crm, shape: Shape, input: Fields): Kept | undefined => {
  const property = text(input, "idProperty")
  return property === "" ? crm.get(shape, text(input, "id")) : crm.by(shape, property, text(input, "id"))
}

/** A new record, and what it belongs to from the start. */
export const created = Effect.fnUntraced(function* (
  actions: Actions,
  crm: Crm,
  shape: Shape,
  input: Fields,
  nowMs: number,
  isStrict: boolean
) {
  const made = yield* actions.create(shape, valuesOf(input), nowMs, isStrict)
  if (Result.isFailure(made)) return made
  for (const association of list(input, "associations")) {
    for (const type of list(association, "types")) {
      const to = linked(crm, shape, Number(text(type, "associationTypeId")))
      if (to !== undefined)
        yield* actions.belong(
          shape,
          made.success.id,
          to,
          text(hash(association, "to"), "id"),
          Number(text(type, "associationTypeId"))
        )
    }
  }
  return made
})

const linked = (crm: Crm, shape: Shape, typeId: number): Shape | undefined => {
  const known = shape.associations.find((association) => association.typeId === typeId)
  const to = known?.to ?? (typeId === 279 ? "companies" : undefined)
  return to === undefined ? undefined : crm.shapeOf(to)
}

/** By id, or by a property whose values are unique. What is not there is named under 207. */
const read = (
  crm: Crm,
  shape: Shape,
  body: Fields,
  inputs: ReadonlyArray<Fields>,
  nowMs: number,
  isShuffled: boolean
): Wire.Reply => {
  const property = text(body, "idProperty")
  if (property !== "" && crm.propertyOf(shape, property)?.isUnique !== true)
    return Refusal.badRequest(`Property "${property}" is not a unique property`)
  const found = new Map<string, Kept>()
  const missing: Array<string> = []
  for (const input of inputs.filter(isHash)) {
    const id = text(input, "id")
    const kept = property === "" ? crm.get(shape, id) : crm.by(shape, property, id)
    if (kept === undefined) missing.push(id)
    else found.set(kept.id, kept)
  }
  const outcomes: ReadonlyArray<Outcome> = [
    ...[...found.values()].map((kept) => Result.succeed(shown(shape, kept, texts(body["properties"])))),
    ...(missing.length > 0 ? [Result.fail(Refusal.missing(shape.type, missing))] : [])
  ]
  return answer(200, [], outcomes, nowMs, isShuffled)
}
