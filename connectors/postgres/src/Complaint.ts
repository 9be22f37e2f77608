/** Which field a refused row's complaint is about, from the words of the server. */
import { ConnectorError, Rejected, type Sql } from "@syncline/connector"
import { Effect } from "effect"
import type { ApplicationLayout } from "./Layout.ts"

/** Names the field of a complaint that concerns the row as a whole, where what was broken has one column. */
export const named = <A>(
  layout: ApplicationLayout,
  effect: Effect.Effect<A, ConnectorError, Sql>
): Effect.Effect<A, ConnectorError, Sql> =>
  Effect.mapError(effect, (error) => {
    const { operation, reason } = error
    const complaint = reason._tag === "Rejected" ? reason.fields[""] : undefined
    const field = complaint === undefined ? null : fieldOf(layout, complaint)
    if (complaint === undefined || field === null) return error
    return new ConnectorError({ operation, reason: new Rejected({ fields: { [field]: complaint } }) })
  })

/** The column that a message names, itself or by a constraint of that one column. */
export const fieldOf = (
  { columns, constraints, id }: Pick<ApplicationLayout, "columns" | "constraints" | "id">,
  message: string
): string | null => {
  const column = /column "([^"]+)"/.exec(message)?.[1]
  if (column !== undefined && [id, ...columns].some(({ name }) => name === column)) return column
  const constraint = /constraint "([^"]+)"/.exec(message)?.[1]
  const [first, ...others] = constraint === undefined ? [] : (constraints[constraint] ?? [])
  return others.length === 0 ? (first ?? null) : null
}
