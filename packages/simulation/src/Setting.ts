/** What one history is about: two systems with their habits, and what a team declared over them. Drawn from the seed, kept as data. */
import type { FieldMapping, Side } from "@syncline/core"
import { Transform } from "@syncline/core"
import { defineConfig, type EntityPair, type Project } from "@syncline/engine"
import type { Elements } from "./Elements.ts"
import type { Stream } from "./Seed.ts"
import { entitiesOf, layouts, type Meaning } from "./systems/Layout.ts"
import * as Grants from "./systems/Grants.ts"
import * as Provider from "./systems/Provider.ts"
import * as ProviderConnector from "./systems/ProviderConnector.ts"
import * as Quirks from "./systems/Quirks.ts"

export interface Setting {
  readonly strategy: "source_wins" | "target_wins" | "last_write_wins" | "merge" | "manual"
  readonly mergeFallback: "source_wins" | "last_write_wins" | "manual"
  readonly quirks: Readonly<Record<Side.Side, Quirks.Quirks>>
  /** Bring what a provider made of a written value back to the side it came from. */
  readonly writesBack: boolean
  /** Both systems hold some of the same records before the first sync. */
  readonly hasTwins: boolean
  /** People have a boss among people: a reference within one entity, written in a second step. */
  readonly hasBosses: boolean
  /** Both systems call back when a record changes. */
  readonly sendsWebhooks: boolean
  /** How each system's tokens end and are refreshed; null: they never end. */
  readonly tokens: Readonly<Record<Side.Side, Grants.TokenHabits>> | null
  /** Companies are synced too, and people belong to one. */
  readonly hasCompanies: boolean
  /** Workers run the jobs, when their schedule says so. */
  readonly isDriven: boolean
}

/** Where ids are compared, half of the systems tell of deletions in no other way. */
const quirksOf = (chance: Stream, elements: Elements): Quirks.Quirks => ({
  ...Quirks.draw(chance),
  tellsGone: !elements.has("reconciliation") || chance.split("gone").chance(0.5)
})

export const draw = (chance: Stream, hasCompanies: boolean, elements: Elements): Setting => ({
  strategy: chance.pick(["source_wins", "target_wins", "last_write_wins", "merge", "manual"]),
  mergeFallback: chance.pick(["source_wins", "last_write_wins", "manual"]),
  quirks: { source: quirksOf(chance.split("source"), elements), target: quirksOf(chance.split("target"), elements) },
  writesBack: chance.chance(0.3),
  hasTwins: chance.chance(0.3),
  hasBosses: chance.chance(0.6),
  sendsWebhooks: elements.has("webhooks"),
  tokens: elements.has("tokens")
    ? { source: Grants.draw(chance.split("source tokens")), target: Grants.draw(chance.split("target tokens")) }
    : null,
  hasCompanies,
  isDriven: elements.has("worker")
})

const names: Readonly<Record<Side.Side, string>> = { source: "crm", target: "books" }

export interface Systems {
  readonly source: Provider.Provider
  readonly target: Provider.Provider
}

/** Fresh systems without records. `account` keeps the accounts of several tenants apart. */
export const systemsOf = ({ quirks, tokens }: Setting, account: string, chance: Stream): Systems => {
  const systemOf = (side: Side.Side) =>
    Provider.make({
      name: account === "" ? names[side] : `${account}-${names[side]}`,
      side,
      quirks: quirks[side],
      token: tokenOf(account, side),
      tokens: tokens?.[side] ?? null,
      chance: chance.split(`${account}${side}`)
    })
  return { source: systemOf("source"), target: systemOf("target") }
}

/** What the system of a side signs its webhooks with. */
export const secretOf = (account: string, side: Side.Side): string => `secret-of-${account}-${side}`

const tokenOf = (account: string, side: Side.Side): string => `token-of-${account}-${side}`

const meanings: ReadonlyArray<Meaning> = ["birth", "name", "mail", "phone", "amount", "tags", "company", "boss"]

/** Whether there is anything that a field with this meaning could refer to. */
export const isMapped = ({ hasBosses, hasCompanies }: Setting, meaning: Meaning): boolean =>
  (meaning !== "boss" || hasBosses) && (meaning !== "company" || hasCompanies)

const ruleOf = (setting: Setting, being: "company" | "person", meaning: Meaning): ReadonlyArray<FieldMapping.Rule> => {
  const [source, target] = (["source", "target"] as const).map(
    (side) => layouts[side][being].fields.find((field) => field.meaning === meaning)?.name
  )
  if (source === undefined || target === undefined || !isMapped(setting, meaning)) return []
  return [
    {
      source,
      target,
      ...(meaning === "amount" && { transform: Transform.minorToDecimal("EUR") }),
      ...(meaning === "tags" && { merge: "set" as const }),
      ...(setting.writesBack && meaning === "mail" && { writeBack: true })
    }
  ]
}

/** Often, and with little patience, so that a short history sees much of it. */
const driven = { schedule: { every: "5 seconds" }, timeoutMinutes: 1 } as const

export const projectOf = (setting: Setting, systems: Systems, account: string): Project => {
  const pairs = (setting.hasCompanies ? (["company", "person"] as const) : (["person"] as const)).map(
    (being): EntityPair => ({
      source: layouts.source[being].name,
      target: layouts.target[being].name,
      mapping: meanings.flatMap((meaning) => ruleOf(setting, being, meaning)),
      match: setting.hasTwins ? [{ source: "birth", target: "birth" }] : []
    })
  )
  const connectionOf = (side: Side.Side) => ({
    connector: ProviderConnector.make({
      name: names[side],
      baseUrl: systems[side].baseUrl,
      quirks: setting.quirks[side],
      sendsWebhooks: setting.sendsWebhooks,
      tokens: setting.tokens?.[side] ?? null,
      entities: entitiesOf(side)
    }),
    config: {
      token: tokenOf(account, side),
      ...(setting.sendsWebhooks && { secret: secretOf(account, side) })
    }
  })
  return defineConfig({
    connections: { crm: connectionOf("source"), books: connectionOf("target") },
    integrations: {
      people: {
        source: names.source,
        target: names.target,
        strategy: setting.strategy,
        mergeFallback: setting.mergeFallback,
        entities: pairs
      }
    },
    jobs: Object.fromEntries(
      pairs.map(({ source }) => [
        source,
        { integration: "people", entity: source, direction: "bidirectional", ...(setting.isDriven && driven) }
      ])
    )
  })
}
