/** What a value must look like to be a project: enough for the engine to read it, with a line for each field that is wrong. */
import { Conflict, DependencyGraph } from "@syncline/core"
import type { AnyConnector, Project } from "@syncline/engine"
import { Predicate, Result, Schema, SchemaIssue } from "effect"

const Connector = Schema.declare(
  (value): value is AnyConnector =>
    Predicate.hasProperty(value, "name") &&
    Predicate.hasProperty(value, "config") &&
    Predicate.hasProperty(value, "remote") &&
    Predicate.isFunction(value.remote) &&
    Predicate.hasProperty(value, "entities") &&
    Predicate.isFunction(value.entities),
  { expected: "a connector, such as `stripe` of @syncline/connector-stripe" }
)

const Name = Schema.NonEmptyString

const Connection = Schema.Struct({ connector: Connector, config: Schema.optionalKey(Schema.Unknown) })

const CustomStrategy = Schema.declare(
  (value): value is Conflict.CustomStrategy =>
    Predicate.isTagged(value, "Custom") &&
    Predicate.hasProperty(value, "name") &&
    Predicate.isString(value.name) &&
    Predicate.hasProperty(value, "resolve") &&
    Predicate.isFunction(value.resolve),
  { expected: "a strategy" }
)

/** `latest_wins` is another name of `last_write_wins`. */
const strategies: ReadonlyArray<string> = [...Conflict.NamedStrategy.literals, "latest_wins"]

const Strategy = Schema.Union([Schema.Literals(strategies), CustomStrategy]).annotate({
  expected: `a strategy: ${strategies.map((name) => `"${name}"`).join(", ")}, or { _tag: "Custom", name, resolve }`
})

/** What settles conflicts of a pair; an integration's is its pairs' default. */
const policy = {
  strategy: Schema.optionalKey(Strategy),
  mergeFallback: Schema.optionalKey(Strategy),
  tie: Schema.optionalKey(Schema.Literals(["source", "manual"])),
  deletes: Schema.optionalKey(Schema.Literals(["propagate", "ignore"])),
  estimated: Schema.optionalKey(Schema.Boolean)
}

const EntityPair = Schema.Struct({
  source: Name,
  target: Name,
  mapping: Schema.optionalKey(Schema.Array(Schema.Unknown)),
  match: Schema.optionalKey(Schema.Array(Schema.Struct({ source: Name, target: Name }))),
  ...policy
})

const Integration = Schema.Struct({
  source: Name,
  target: Name,
  entities: Schema.Array(EntityPair),
  dependencies: Schema.optionalKey(DependencyGraph.Configuration),
  ...policy
})

/** What a job holds is checked by its own schema in core, which the engine asks. */
const Job = Schema.Record(Schema.String, Schema.Unknown)

const Shape = Schema.Struct({
  connections: Schema.Record(Name, Connection),
  integrations: Schema.Record(Name, Integration),
  jobs: Schema.optionalKey(Schema.Record(Name, Job))
})

const decode = Schema.decodeUnknownResult(Shape)

const isProject = (value: unknown): value is Project => Schema.is(Shape)(value)

/** `integrations.billing.entities[0].source` */
const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" || /^\d+$/.test(String(part))
        ? `${text}[${String(part)}]`
        : text === ""
          ? String(part)
          : `${text}.${String(part)}`,
    ""
  )

/** `Expected string` as a sentence that goes on from the field's name. */
const mustBe = (expected: string): string => {
  const thing = expected.replace(/^Expected /, "")
  return /^an? /.test(thing) ? `must be ${thing}` : `must be ${/^[aeiou]/.test(thing) ? "an" : "a"} ${thing}`
}

const messages = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    switch (issue._tag) {
      case "MissingKey":
        return "is missing"
      case "UnexpectedKey":
        return "is no field of this; is it misspelt?"
      default:
        return mustBe(SchemaIssue.defaultLeafHook(issue))
    }
  }
})

/** What was found, in a few words: never a value, which may be a secret. */
const found = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return "an array"
  return typeof value === "object" ? "an object" : typeof value === "function" ? "a function" : `a ${typeof value}`
}

const at = (value: unknown, path: ReadonlyArray<PropertyKey>): unknown =>
  path.reduce<unknown>((inner, key) => (Predicate.hasProperty(inner, key) ? inner[key] : undefined), value)

/** The project, or one line per field that is wrong: its path, what it must be, what was found. */
export const check = (value: unknown): Result.Result<Project, ReadonlyArray<string>> => {
  if (!Predicate.isObject(value)) return Result.fail([`the default export must be an object; it is ${found(value)}`])
  const decoded = decode(value, { errors: "all", onExcessProperty: "error" })
  if (Result.isSuccess(decoded)) {
    return isProject(value) ? Result.succeed(value) : Result.fail(["the default export is not a project"])
  }
  return Result.fail(
    messages(decoded.failure.issue).issues.map(({ message, path = [] }) => {
      const keys = path.map((part) => (typeof part === "object" ? part.key : part))
      const inner = at(value, keys)
      return `${pathOf(keys)} ${message}${message.startsWith("must") ? `, not ${found(inner)}` : ""}`
    })
  )
}
