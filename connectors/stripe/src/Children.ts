/**
 * Lists within an object, such as an invoice's lines, show at most ten members; the rest is behind the list's own `url`.
 * https://docs.stripe.com/api/invoices/object https://docs.stripe.com/api/invoices/invoice_lines
 */
import { type ConnectorError, type Http, Rest } from "@syncline/connector"
import { Effect, Predicate, Schema } from "effect"
import { pageSize } from "./Page.ts"

const Member = Schema.Struct({ id: Schema.NonEmptyString })
const isMember = Schema.is(Member)
const CutList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.Array(Schema.Unknown),
  has_more: Schema.Literal(true),
  url: Schema.String.check(Schema.isPattern(/^\/v1\/\w/))
})
const isCutList = Schema.is(CutList)
/** Asked of every field of every record: most are no lists, and saying so by the schema would cost a tenth of a backfill. */
const isCut = (field: unknown): field is typeof CutList.Type =>
  Predicate.hasProperty(field, "has_more") && isCutList(field)
const Envelope = Schema.Struct({ data: Schema.Array(Schema.Unknown), has_more: Schema.Boolean })

/** The object with every list in it whole. One that has none, or only short ones, is returned as it came. */
export const completed = (object: unknown): Effect.Effect<unknown, ConnectorError, Http> => {
  const cut = Object.entries(Object(object)).flatMap(([name, list]) => (isCut(list) ? [{ name, list }] : []))
  return cut.length === 0
    ? Effect.succeed(object)
    : Effect.map(
        Effect.forEach(cut, ({ list, name }) =>
          Effect.map(rest(list.url, list.data), (data) => [name, { ...list, data, has_more: false }] as const)
        ),
        (whole) => ({ ...Object(object), ...Object.fromEntries(whole) })
      )
}

const rest = Effect.fn("Children.rest")(function* (
  url: string,
  shown: ReadonlyArray<unknown>
): Effect.fn.Return<ReadonlyArray<unknown>, ConnectorError, Http> {
  const [path = url, query = ""] = url.split("?")
  const data = [...shown]
  for (let after = data.at(-1); isMember(after); after = data.at(-1)) {
    const page = yield* Rest.get(path, Envelope, {
      ...Object.fromEntries(new URLSearchParams(query)),
      limit: pageSize,
      starting_after: after.id
    })
    data.push(...page.data)
    if (!page.has_more || page.data.length === 0) break
  }
  return data
})
