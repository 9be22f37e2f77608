/** Puts the values of environment variables where a configuration names them. */
import { Config, Effect, Predicate, Redacted } from "effect"
import type { Secret } from "./Project.ts"

const isSecret = (value: unknown): value is Secret =>
  Predicate.isTagged(value, "Secret") && Predicate.hasProperty(value, "variable") && Predicate.isString(value.variable)

const read = (secret: Secret, path: string) =>
  Effect.mapBoth(Config.Redacted(secret.variable), {
    onSuccess: Redacted.value,
    onFailure: () => [
      `${path}: the environment variable ${secret.variable} is not set; set it, for example: export ${secret.variable}=…`
    ]
  })

/** Replaces each `secret(…)` inside `value`. Fails with one line per variable that is not set. */
export const resolveSecrets = (value: unknown, path: string): Effect.Effect<unknown, ReadonlyArray<string>> => {
  if (isSecret(value)) return read(value, path)
  if (Array.isArray(value)) {
    return Effect.forEach(value, (item, index) => resolveSecrets(item, `${path}[${index}]`))
  }
  if (Predicate.isObject(value)) {
    return Effect.map(
      Effect.forEach(Object.entries(value), ([name, item]) =>
        Effect.map(resolveSecrets(item, `${path}.${name}`), (resolved) => [name, resolved] as const)
      ),
      Object.fromEntries
    )
  }
  return Effect.succeed(value)
}
