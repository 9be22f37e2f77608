/** What a tenant has other than the configuration says: the policies of an integration or of one pair, and the order of its pairs. */
import { Conflict, DependencyGraph, type IntegrationName, type TenantId } from "@syncline/core"
import { Tenants } from "@syncline/store"
import { Effect, Option, Schema } from "effect"
import type { IntegrationDefinition, Project } from "./Project.ts"

const Strategy = Schema.Literals([...Conflict.NamedStrategy.literals, "latest_wins"])

/** As the configuration has them. `dependencies` come after the integration's own, and are no setting of one pair. */
export const Settings = Schema.Struct({
  strategy: Schema.optionalKey(Strategy),
  mergeFallback: Schema.optionalKey(Strategy),
  tie: Schema.optionalKey(Schema.Literals(["source", "manual"])),
  deletes: Schema.optionalKey(Schema.Literals(["propagate", "ignore"])),
  estimated: Schema.optionalKey(Schema.Boolean),
  dependencies: Schema.optionalKey(DependencyGraph.Configuration)
})
export type Settings = typeof Settings.Type

/** `entity` is the source's of a pair; empty: the whole integration. */
export interface Override {
  readonly integration: IntegrationName
  readonly entity: string
  readonly settings: Settings
}

const decode = Schema.decodeUnknownOption(Settings)

/** What cannot be read any more was written by another version, and is passed by. */
export const read = Effect.fn("Overrides.read")(function* (tenant: TenantId) {
  const tenants = yield* Tenants.Tenants
  return (yield* tenants.overrides(tenant)).flatMap((row): ReadonlyArray<Override> =>
    Option.match(decode(row.settings), { onNone: () => [], onSome: (settings) => [{ ...row, settings }] })
  )
})

/** A line for each that is about nothing. */
export const problemsOf = ({ integrations }: Project, overrides: ReadonlyArray<Override>): ReadonlyArray<string> =>
  overrides.flatMap(({ entity, integration, settings }) => {
    const place = entity === "" ? integration : `${integration}/${entity}`
    const definition = integrations[integration]
    if (definition === undefined)
      return [`${place}: there is no integration "${integration}"; known are ${Object.keys(integrations).join(", ")}`]
    if (entity === "") return []
    const entities = definition.entities.map(({ source }) => source)
    if (!entities.includes(entity))
      return [`${place}: "${integration}" has no entity "${entity}"; it has ${entities.join(", ")}`]
    return settings.dependencies === undefined
      ? []
      : [`${place}: dependencies are of a whole integration: say them for "${integration}"`]
  })

/** The project as the tenant has it, and what is said about the order of each integration's pairs, the integration's own first. */
export const over = (project: Project, overrides: ReadonlyArray<Override>) => {
  const settingsOf = (integration: string, entity: string): Settings =>
    overrides.find((each) => each.integration === integration && each.entity === entity)?.settings ?? {}
  const orders = new Map<string, ReadonlyArray<DependencyGraph.Configuration>>()
  const integrations: Record<string, IntegrationDefinition> = {}
  for (const [name, definition] of Object.entries(project.integrations)) {
    const { dependencies = {}, ...policies } = settingsOf(name, "")
    orders.set(name, [definition.dependencies ?? {}, dependencies])
    const entities = definition.entities.map((pair) => {
      const { dependencies: _, ...own } = settingsOf(name, pair.source)
      return { ...pair, ...own }
    })
    integrations[name] = { ...definition, ...policies, entities }
  }
  const own: Project = { ...project, integrations }
  return { project: own, orders }
}
