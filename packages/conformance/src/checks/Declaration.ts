/** What a connector says about itself: complete, consistent, and true where that can be seen without a call. */
import { type Entity, Http, Shape, type Sql } from "@syncline/connector"
import { DependencyGraph, type Fields, references } from "@syncline/core"
import { Effect, Redacted, Result, Schema } from "effect"
import { assert } from "vitest"
import { check, each, type Group, skip } from "../Check.ts"
import * as Documentation from "../Documentation.ts"
import * as Elsewhere from "../Elsewhere.ts"
import { isFree } from "../Equality.ts"
import * as Provider from "../Provider.ts"
import * as Reading from "../Reading.ts"
import type { Subject } from "../Subject.ts"
import type * as Tap from "../Tap.ts"

type Entities = ReadonlyArray<readonly [name: string, entity: Entity<Fields, Http | Sql>]>

/** A check of the declaration alone: its findings, none where all is well. */
const declared = (findings: (entities: Entities) => ReadonlyArray<string>) => (subject: Subject) =>
  Effect.map(subject.open(), ({ entities }) => isFree(findings(Object.entries(entities))))

const secretName = /(?:^|[a-z_])(?:api_?key|token|secrets?|password|credentials?)$/i

const decodes = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  const names = Object.keys(provider.entities)
  assert.isNotEmpty(names, "the connector has no entities")
  assert.sameMembers([...provider.people.keys()], names, "the sandbox fills in the entities that the connector has")
  const excess = Schema.decodeUnknownResult(subject.connector.config)(
    { ...provider.account.config, noSuchSetting: true },
    { onExcessProperty: "error" }
  )
  assert.isTrue(Result.isFailure(excess), "a setting that does not exist is refused")
  for (const person of Provider.people(provider)) {
    const { schema } = provider.entity(person.entity)
    yield* provider.fill(person, 2)
    for (const [id, record] of yield* provider.truth(person.entity)) {
      const decoded = Schema.decodeUnknownResult(schema)(record)
      assert.isTrue(
        Result.isSuccess(decoded),
        `the schema of "${person.entity}" refuses ${id}: ${Result.isFailure(decoded) ? decoded.failure.message : ""}`
      )
      if (Result.isSuccess(decoded)) assert.deepEqual(decoded.success, record, "a schema checks and never changes")
    }
  }
})

const hidesSecrets = Effect.fnUntraced(function* (subject: Subject) {
  const { config } = yield* subject.open()
  const entries = Object.entries(Object(config))
  isFree(
    entries.flatMap(([name, value]) => {
      const values: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
      const isShown = secretName.test(name) && values.some((value) => typeof value === "string")
      const holdsPassword = values.some(
        (value) => typeof value === "string" && /^\w+:\/\/[^/@\s]+:[^/@\s]+@/.test(value)
      )
      return isShown || holdsPassword ? [`config.${name} is not Redacted, so it would be printed`] : []
    })
  )
  const hasSecret = entries.some(([, value]) => Redacted.isRedacted(value) || Array.isArray(value))
  if (!hasSecret) return yield* skip("its configuration holds no secret")
})

const isConsistent = declared((entities) =>
  entities.flatMap(([name, { endpoints, source, target }]) => {
    const verbs = { create: target?.create, update: target?.update, delete: target?.remove }
    return [
      ...Object.entries(verbs).flatMap(([verb, has]) => {
        const said = { create: endpoints.create, update: endpoints.update, delete: endpoints.delete }[verb]
        return (has === undefined) === (said === undefined)
          ? []
          : [`${name}.endpoints.${verb} and its verb: one is there and the other is not`]
      }),
      ...differing(Object.keys(endpoints.commands ?? {}), Object.keys(target?.commands ?? {})).map(
        (command) => `${name}.endpoints.commands and its commands differ in "${command}"`
      ),
      ...((endpoints.changes === undefined) === (source.changes === undefined)
        ? []
        : [`${name}.endpoints.changes and source.changes: one is there and the other is not`]),
      ...(source.deltaSyncField === endpoints.list.deltaSyncField ||
      (source.deltaSyncField !== null && endpoints.changes !== undefined)
        ? []
        : [`${name}.deltaSyncField is "${source.deltaSyncField}" here and "${endpoints.list.deltaSyncField}" there`])
    ]
  })
)

const differing = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...some.filter((name) => !others.includes(name)),
  ...others.filter((name) => !some.includes(name))
]

const isDescribed = declared((entities) =>
  entities.flatMap(([name, entity]) => {
    const { changedAtPrecisionMs = 1, endpoints, id, source, target, version } = entity
    const fields = Shape.fieldsOf(entity.schema)
    const known = (field: string | null | undefined, what: string) =>
      fields === null || field === null || field === undefined || fields.includes(field)
        ? []
        : [`${name}.${what} names "${field}", which its schema does not have`]
    const isWhole = (value: number, least: number, what: string) =>
      Number.isInteger(value) && value >= least ? [] : [`${name}.${what} is ${value}`]
    return [
      ...known(id, "id"),
      ...known(version, "version"),
      ...known(source.deltaSyncField, "deltaSyncField"),
      ...isWhole(changedAtPrecisionMs, 1, "changedAtPrecisionMs"),
      ...isWhole(endpoints.list.pageSize, 1, "endpoints.list.pageSize"),
      ...isWhole(source.get.max, 1, "get.max"),
      ...(source.changes === undefined
        ? []
        : [
            ...isWhole(source.changes.lagMs, 0, "changes.lagMs"),
            ...isWhole(source.changes.precisionMs, 0, "changes.precisionMs")
          ]),
      ...[...(endpoints.create?.fields ?? []), ...(endpoints.update?.fields ?? [])].flatMap((field) =>
        known(field, "endpoints")
      ),
      ...[target?.create, target?.update, target?.remove].flatMap((verb) =>
        verb === undefined ? [] : isWhole(verb.max, 1, "verb.max")
      )
    ]
  })
)

const isAcyclic = declared((entities) => {
  const names = entities.map(([name]) => name)
  const dependencies = entities.flatMap(([entity, { schema }]) =>
    references(schema).map(({ entity: on, isOptional }) => ({ entity, on, isOptional }))
  )
  const ordered = DependencyGraph.order(names, dependencies)
  return [
    ...dependencies.flatMap(({ entity, on }) =>
      names.includes(on) ? [] : [`"${entity}" refers to "${on}", which is no entity`]
    ),
    ...(Result.isFailure(ordered) ? [ordered.failure.message] : [])
  ]
})

const isDocumented = Effect.fnUntraced(function* (subject: Subject) {
  const { readme } = subject.options
  if (readme === null) return yield* skip("it was given no README")
  const { entities } = yield* subject.open()
  isFree(yield* Documentation.check(readme, subject.connector.apiVersion, entities))
})

const isPinned = Effect.fnUntraced(function* (subject: Subject) {
  const { apiVersion } = subject.connector
  assert.notMatch(apiVersion, /^(?:|latest|stable|unstable|current)$/i, "the version of the provider's API is one")
  const provider = yield* Provider.open(subject)
  const { tap } = provider
  if (tap === null) return
  yield* each(Provider.people(provider), ({ entity }) =>
    Effect.flatMap(Effect.result(provider.run(provider.entity(entity).source.list.start)), () =>
      Effect.map(Effect.result(provider.run(provider.entity(entity).source.get.run([]))), () => {})
    )
  )
  yield* provider.run(subject.connector.check(provider.config))
  for (const { headers, method, url } of tap.heard())
    assert.isTrue(
      url.href.includes(apiVersion) || Object.values(headers).some((value) => value.includes(apiVersion)),
      `${method} ${url.pathname} does not say that it wants version "${apiVersion}"`
    )
})

const keepsToHosts = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  const { remote, tap } = provider
  if (remote._tag === "Sql" || tap === null) return yield* skip("it speaks to one database")
  const allowed = [new URL(remote.baseUrl).host, ...(remote.hosts ?? [])]
  yield* provider.run(subject.connector.check(provider.config))
  for (const person of Provider.people(provider)) {
    yield* provider.fill(person, 1)
    yield* provider.run(Reading.readAll(provider.entity(person.entity)))
  }
  isFree(
    tap.heard().flatMap(({ url }) => (allowed.includes(url.host) ? [] : [`${url.host} is called and not declared`]))
  )
  const own = new URL(remote.baseUrl).host
  const isSentTo = (path: string) =>
    Effect.map(
      Effect.result(provider.run(Http.use((http) => http.send({ method: "GET", path })))),
      (sent) => Result.isSuccess(sent) || sent.failure.reason._tag !== "Forbidden" || tap.heard().length > 0
    )
  for (const path of Elsewhere.addresses(own)) {
    tap.forget()
    assert.isFalse(yield* isSentTo(path), `${path} is refused, and not called`)
  }
  yield* keepsFromRedirects(provider, tap, Elsewhere.addresses(own))
})

/** What the provider itself says is elsewhere is refused as well. One address of each few suffices, since each takes a call. */
const keepsFromRedirects = Effect.fnUntraced(function* (
  provider: Provider.Provider,
  tap: Tap.Tap,
  addresses: ReadonlyArray<string>
) {
  const absolute = addresses.filter((address) => /^\w+:/.test(address))
  for (const location of absolute.filter((_, index) => index % 10 === 0)) {
    tap.forget()
    tap.tamper(() => Effect.succeed({ status: 302, headers: { Location: location }, body: "" }))
    const sent = yield* Effect.result(provider.run(Http.use((http) => http.send({ method: "GET", path: "/" }))))
    assert.isTrue(
      Result.isFailure(sent) && sent.failure.reason._tag === "Forbidden",
      `a redirect to ${location} is refused`
    )
    assert.lengthOf(tap.heard(), 1, `a redirect to ${location} is not followed`)
  }
})

export const declaration: Group = {
  name: "Declaration",
  checks: [
    check("C1", "the configuration decodes, and every record passes its schema unchanged", decodes),
    check("C2", "every secret of the configuration is redacted", hidesSecrets),
    check("C3", "only declared hosts are called", keepsToHosts),
    check("C4", "what is declared and what can be done agree", isConsistent),
    check("C5", "each entity says its id, its clock with granularity, its page and batch sizes", isDescribed),
    check("C6", "references are to entities of the connector, and none require each other in a circle", isAcyclic),
    check("C7", "the README's table of entities is the declaration's", isDocumented),
    check("C8", "one version of the provider's API is asked for in every call", isPinned)
  ]
}
