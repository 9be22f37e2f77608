/** One of the 64 sentences that a connector has to keep, and how it is tried. */
import { Effect, Schema, type Scope } from "effect"
import type { Subject } from "./Subject.ts"

export interface Check {
  readonly id: `C${number}`
  /** What is true of a connector that passes. */
  readonly says: string
  /** Whose time it takes: the virtual one, in which an hour is nothing, or the machine's, by which the store's database lives. */
  readonly time: "virtual" | "real"
  /** Dies with what was seen instead; fails with `Skipped` where there is nothing to try. */
  readonly run: (subject: Subject) => Effect.Effect<void, Skipped, Scope.Scope>
}

export interface Group {
  readonly name: string
  readonly checks: ReadonlyArray<Check>
}

/** What the connector or its sandbox declares, so that the check has nothing to try. */
export class Skipped extends Schema.TaggedError<Skipped>()("Skipped", { why: Schema.String }) {}

export const skip = (why: string): Effect.Effect<never, Skipped> => Effect.fail(new Skipped({ why }))

/** Everything that a check does not expect is a finding, and ends it. */
export const check = <E>(
  id: Check["id"],
  says: string,
  run: (subject: Subject) => Effect.Effect<void, E | Skipped, Scope.Scope>,
  time: Check["time"] = "virtual"
): Check => ({
  id,
  says,
  time,
  run: (subject) =>
    Effect.catch(run(subject), (error) => (error instanceof Skipped ? Effect.fail(error) : Effect.die(error)))
})

/** Tries one thing after another. Skipped only if all of them are, with each reason once. */
export const each = <A, E>(
  all: ReadonlyArray<A>,
  run: (one: A) => Effect.Effect<void, E | Skipped, Scope.Scope>
): Effect.Effect<void, E | Skipped, Scope.Scope> =>
  Effect.gen(function* () {
    const reasons = new Set<string>()
    let tried = 0
    for (const one of all) {
      const isTried = yield* run(one).pipe(
        Effect.as(true),
        Effect.catch((error) => {
          if (!(error instanceof Skipped)) return Effect.fail(error)
          reasons.add(error.why)
          return Effect.succeed(false)
        })
      )
      if (isTried) tried += 1
    }
    if (tried === 0) return yield* skip(reasons.size === 0 ? "there is nothing to try" : [...reasons].join("; "))
  })
