/** A process that is killed between two steps of a create leaves one customer and one link, whatever Stripe remembers by then. */
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { Faults } from "@syncline/connector/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Config, Effect, Schedule } from "effect"
import * as CrmAndStripe from "./CrmAndStripe.ts"
import * as DyingProcess from "./DyingProcess.ts"

type World = Effect.Success<ReturnType<typeof CrmAndStripe.open>>

interface Crash {
  readonly after: string
  /** Where the process ends itself; null: it is killed when `isReached`. */
  readonly death: DyingProcess.Death | null
  /** What delays the requests of the two creates at Stripe. */
  readonly fault?: Faults.Fault
  readonly isReached?: (world: World) => Effect.Effect<boolean, unknown>
}

const isMet = ({ account }: World) => Effect.map(account.faults.pending, (pending) => pending === 0)

const crashes: ReadonlyArray<Crash> = [
  { after: "its intent is committed", death: "intent committed" },
  { after: "its request is sent", death: null, fault: { _tag: "DelayBefore", ms: 60_000 }, isReached: isMet },
  { after: "its request has arrived", death: null, fault: { _tag: "DelayAfter", ms: 60_000 }, isReached: isMet },
  { after: "its answer is received", death: "answer received" },
  {
    after: "its answer is settled",
    death: null,
    isReached: ({ query }) =>
      Effect.map(query("select from syncline.link where target_id is not null"), (links) => links.length > 0)
  }
]

/** Every crash with every memory takes a minute: `SYNCLINE_CRASHES=all`. */
const isAll = Effect.runSync(Effect.orDie(Config.withDefault(Config.String("SYNCLINE_CRASHES"), ""))) === "all"

const memories = [
  { what: "Stripe remembers its key", isForgetful: false },
  { what: "a day later Stripe has forgotten its key", isForgetful: true }
]

const cases = crashes
  .flatMap((crash) => memories.map((memory) => ({ ...crash, ...memory })))
  .filter(({ death, isForgetful }) => isAll || isForgetful === (death !== null))

describe("a process that is killed", () => {
  for (const { after, death, fault, isForgetful, isReached, what } of cases) {
    it.live(
      `after ${after}, while ${what}, leaves one customer and one link`,
      () =>
        Effect.gen(function* () {
          const world = yield* CrmAndStripe.open({}, isForgetful)
          const { url: baseUrl } = yield* StripeSandbox.serve(world.account)
          // So that the process has but creates to do.
          yield* world.sync
          yield* world.query(
            "insert into crm.people (name, email) values ('Ada', 'ada@example.com'), ('Grace', 'grace@example.com')"
          )
          if (fault !== undefined) yield* world.account.faults.next(2, Faults.to("POST", "/v1/customers"), fault)
          const dying = yield* DyingProcess.start(world.url, world.account.apiKey, baseUrl, death)
          if (isReached !== undefined) {
            yield* Effect.repeat(isReached(world), { until: (it) => it, schedule: Schedule.spaced("5 millis") })
            yield* dying.kill
          }
          const signal = yield* dying.ended
          if (death !== null || fault !== undefined) assert.strictEqual(signal, "SIGKILL")
          if (isForgetful) {
            yield* world.query("update syncline.outbox set sent_at = sent_at - interval '24 hours 30 minutes'")
            yield* world.run
          }
          yield* world.sync
          yield* world.isEven
          assert.strictEqual((yield* world.customers).length, 2)
        }).pipe(Effect.scoped),
      120_000
    )
  }
})
