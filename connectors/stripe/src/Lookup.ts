/** Finding records by what a field holds, through the filters of Stripe's lists. These are exact and show a record as soon as it is made. */
import { type ConnectorError, type Http, type Listed, type Lookup, Rest } from "@syncline/connector"
import { Effect } from "effect"
import * as Page from "./Page.ts"
import type { Kind } from "./Source.ts"

/** A filter of the list. */
export interface Filter<Name extends string> {
  readonly field: Name
  /** Ends with `[]` where it takes several values. */
  readonly parameter: string
  /** Values of one call. */
  readonly most: number
}

const max = 100

export const of = <A, Name extends string>(
  kind: Kind<A>,
  filters: ReadonlyArray<Filter<Name>>
): Lookup<A, Http, Name> => ({
  fields: filters.map(({ field }) => field),
  max,
  run: (field, values) => {
    const filter = filters.find((each) => each.field === field)
    if (filter === undefined) {
      const known = filters.map((each) => each.field).join(", ")
      return Effect.die(new Error(`a ${kind.name} is not looked up by "${field}", only by ${known}`))
    }
    return Effect.map(
      Effect.forEach(chunks([...new Set(values)], filter.most), (chunk) => matching(kind, filter.parameter, chunk), {
        concurrency: kind.rangeCount
      }),
      (pages) => pages.flat()
    )
  }
})

const chunks = <A>(items: ReadonlyArray<A>, most: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(items.length / most) }, (_, index) => items.slice(index * most, (index + 1) * most))

const matching = Effect.fnUntraced(function* <A>(
  { schema, path, query }: Kind<A>,
  parameter: string,
  values: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<Listed<A>>, ConnectorError, Http> {
  const records = Rest.items(schema, "id")
  const found: Array<Listed<A>> = []
  let after: string | null = null
  do {
    const page: Page.Page = yield* Page.read(path, { ...query, [parameter]: values }, after)
    found.push(...records(page.objects))
    after = page.next
  } while (after !== null)
  return found
})
