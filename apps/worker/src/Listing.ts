/** The flag and the argument that lists share. */
import { Option } from "effect"
import { Argument, Flag } from "./Cli.ts"

export const limit = Flag.Int("limit").pipe(
  Flag.withDescription("How many, the newest first"),
  Flag.filterMap(
    (limit) => (limit >= 1 && limit <= 1000 ? Option.some(limit) : Option.none()),
    (limit) => `a number between 1 and 1000, not ${limit}`
  ),
  Flag.withDefault(20)
)

export const scope = Argument.String("integration-or-job").pipe(
  Argument.withDescription("Only of this integration or job"),
  Argument.optional
)

/** As the engine's verbs take them. */
export const scopeOf = (
  name: Option.Option<string>,
  limit: number
): { readonly limit: number; readonly name?: string } =>
  Option.match(name, { onNone: () => ({ limit }), onSome: (name) => ({ limit, name }) })
