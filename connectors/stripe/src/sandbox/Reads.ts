/** The API's GET requests. */
import type { Fields } from "@syncline/core"
import type { Wire } from "@syncline/connector/sandbox"
import { type Effect, Result } from "effect"
import { accountShape } from "./AccountRecord.ts"
import * as Expand from "./Expand.ts"
import * as Form from "./Form.ts"
import { hash, hashes } from "./Json.ts"
import { type Ledger, shown } from "./Ledger.ts"
import * as Lists from "./Lists.ts"
import type { Broken, Profile } from "./Options.ts"
import * as P from "./Parameters.ts"
import { invalidValue, missing, missingParameter, type Refusal, unknownUrl } from "./Refusal.ts"
import { type Resource, stub } from "./Resource.ts"
import type { Route } from "./Routes.ts"

export interface Account {
  readonly ledger: Ledger
  readonly profile: Profile
  readonly broken: Broken
  /** Stripe's clock. */
  readonly nowMs: Effect.Effect<number>
  /** In seconds. */
  readonly created: number
}

export type Body = Result.Result<Lists.Body, Refusal>

/** The body of the answer to a request that changes nothing. */
export const read = (account: Account, route: Route, request: Wire.Request, nowMs: number): Body => {
  const sent = Form.decode(request.query)
  switch (route._tag) {
    case "List":
      return Result.flatMap(P.read(sent, { ...P.paging, ...route.resource.filters }, []), (given) =>
        list(account, route.resource, given)
      )
    case "Get":
      return Result.flatMap(P.read(sent, P.expand, []), (given) => get(account, route.resource, route.id, given))
    case "Lines":
      return Result.flatMap(P.read(sent, P.paging, []), (given) => lines(account, route.id, given))
    case "Items":
      return Result.flatMap(P.read(sent, { ...P.paging, subscription: P.solidText }, ["subscription"]), (given) =>
        items(account, given)
      )
    case "Events":
      return Result.flatMap(P.read(sent, eventFilters, []), (given) => events(account, given, nowMs))
    case "Event":
      return Result.flatMap(P.read(sent, P.expand, []), () => event(account, route.id, nowMs))
    case "Account":
      return Result.map(P.read(sent, P.expand, []), () => JSON.stringify(accountShape(account.created)))
    default:
      return Result.fail(unknownUrl(request.method, request.path))
  }
}

/** What an expansion puts in: the record as sent, or the stub of a deleted one. */
export const finder =
  ({ records }: Ledger): Expand.Find =>
  (entity, id) => {
    const record = records[entity].get(id)
    if (record !== undefined) return shown(record)
    return records[entity].positionOf(id) >= 0 ? stub(entity, id) : undefined
  }

const list = ({ ledger, profile, broken }: Account, resource: Resource, given: Fields): Body => {
  const records = ledger.records[resource.entity]
  return Lists.page({
    given,
    url: `/v1/${resource.path}`,
    object: resource.entity,
    records,
    range: { low: 0, high: records.size() },
    shows: resource.shows(given),
    find: finder(ledger),
    profile,
    hidesMore: broken.hasMore === true
  })
}

const get = ({ ledger }: Account, { entity, stubAfterDelete }: Resource, id: string, given: Fields): Body => {
  const records = ledger.records[entity]
  const position = records.positionOf(id)
  const record = records.at(position)
  if (record === undefined) {
    return position >= 0 && stubAfterDelete
      ? Result.succeed(JSON.stringify(stub(entity, id)))
      : Result.fail(missing(entity, id))
  }
  return answered(record, given, ledger)
}

/** A record as the answer to a request, expanded as it asks. */
export const answered = (record: Fields, given: Fields, ledger: Ledger): Result.Result<string, Refusal> => {
  const paths = given["expand"]
  return Array.isArray(paths) && paths.length > 0
    ? Result.map(Expand.expanded(shown(record), paths, finder(ledger)), (whole) => JSON.stringify(whole))
    : Result.succeed(JSON.stringify(shown(record)))
}

const lines = ({ ledger }: Account, id: string, given: Fields): Body => {
  const invoice = ledger.records.invoice.get(id)
  return invoice === undefined
    ? Result.fail(missing("invoice", id))
    : Lists.nested(given, hashes(hash(invoice, "lines"), "data"), "line_item", `/v1/invoices/${id}/lines`)
}

const items = ({ ledger }: Account, given: Fields): Body => {
  const id = given["subscription"]
  if (typeof id !== "string") return Result.fail(missingParameter("subscription"))
  const subscription = ledger.records.subscription.get(id)
  return subscription === undefined
    ? Result.fail(missing("subscription", id, "subscription", 400))
    : Lists.nested(given, hashes(hash(subscription, "items"), "data"), "subscription_item", "/v1/subscription_items")
}

const eventFilters: P.Parameters = {
  ...P.paging,
  delivery_success: P.boolean,
  type: P.solidText,
  types: P.list(P.solidText, 20)
}

const events = ({ ledger, profile, broken }: Account, given: Fields, nowMs: number): Body => {
  const { type, types, delivery_success: wasDelivered } = given
  if (type !== undefined && types !== undefined) {
    return Result.fail(
      invalidValue("types", "You may only specify one of these parameters: type, types.", "parameters_exclusive")
    )
  }
  const asked = Array.isArray(types) ? types : type === undefined ? undefined : [type]
  const isShown = (record: Fields): boolean =>
    wasDelivered !== false && (asked === undefined || asked.some((each) => isOfType(record["type"], each)))
  return Lists.page({
    given,
    url: "/v1/events",
    object: "event",
    records: ledger.events,
    range: ledger.shownEvents(nowMs),
    shows: wasDelivered === false || asked !== undefined ? isShown : undefined,
    find: finder(ledger),
    profile,
    hidesMore: broken.hasMore === true
  })
}

/** `customer.*` stands for every type below it. */
const isOfType = (type: Fields[string] | undefined, asked: Fields[string]): boolean =>
  typeof type === "string" &&
  typeof asked === "string" &&
  (asked.endsWith("*") ? type.startsWith(asked.slice(0, -1)) : type === asked)

const event = ({ ledger }: Account, id: string, nowMs: number): Body => {
  const position = ledger.events.positionOf(id)
  const { low, high } = ledger.shownEvents(nowMs)
  const record = position >= low && position < high ? ledger.events.at(position) : undefined
  return record === undefined ? Result.fail(missing("event", id)) : Result.succeed(JSON.stringify(record))
}
