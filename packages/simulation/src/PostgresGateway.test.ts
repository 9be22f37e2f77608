import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Postgres } from "@syncline/store"
import { Effect, Exit, Fiber, Redacted, Scope } from "effect"
import * as Ambient from "./Ambient.ts"
import * as BackendPool from "./BackendPool.ts"
import type { Fates, StatementFate } from "./Fate.ts"
import * as Wire from "./PostgresWire.ts"
import * as PostgresGateway from "./PostgresGateway.ts"
import * as Seed from "./Seed.ts"
import * as ServerStatements from "./ServerStatements.ts"
import * as SimulatedProcess from "./SimulatedProcess.ts"
import * as SimulationServer from "./SimulationServer.ts"
import * as World from "./World.ts"

let pool: BackendPool.BackendPool
const statements = ServerStatements.make()
const scope = Effect.runSync(Scope.make())

beforeAll(async () => {
  const server = await Effect.runPromise(SimulationServer.start.pipe(Scope.provide(scope)))
  pool = await BackendPool.make(await Effect.runPromise(server.database("gateway")))
  await pool.control.ask(Wire.query("create table toy (id int primary key, n int not null)"))
})

afterAll(async () => {
  pool.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

const well: StatementFate = { kind: null, cut: "none", refusal: null, reachMs: 1, answerMs: 1 }

/** Statements take from 1 to 5 ms, and `faulty` decides what else. */
const fatesOf = (faults: Seed.Stream, faulty: (sql: string) => Partial<StatementFate>): Fates => ({
  request: () => {
    throw new Error("nothing here sends requests")
  },
  statement: (_process, sql) => ({ ...well, reachMs: 1 + faults.below(4), answerMs: faults.below(3), ...faulty(sql) }),
  connect: () => ({ kind: null, isRefused: false }),
  boundary: () => ({ _tag: "Lives" }),
  struck: () => {}
})

interface Told {
  readonly hash: string
  readonly counts: PostgresGateway.Counts
  readonly failures: ReadonlyArray<string>
  readonly rows: string
  readonly uses: number
}

/** Four fibers that each add to two rows in an order of their own, four times. */
const play = async (
  seed: number,
  faulty: (sql: string, faults: Seed.Stream) => Partial<StatementFate>
): Promise<Told> => {
  await pool.control.ask(Wire.query("truncate toy; insert into toy select i, 0 from generate_series(0, 3) i"))
  const { faults, scheduling, workload } = Seed.streams(seed)
  const thrown: Array<unknown> = []
  const world = World.make({ scheduling, startMs: 1_700_000_000_000, onThrow: (cause) => thrown.push(cause) })
  const process = world.begin("engine")
  const gateway = PostgresGateway.make({
    world,
    pool,
    statements,
    scheduling,
    fates: fatesOf(faults, (sql) => faulty(sql, faults)),
    atBoundary: () => {},
    questionOf: () => "",
    onCommit: () => {}
  })
  const failures: Array<string> = []
  const ambient = Ambient.interpose({ world, scheduling })
  const add = (postgres: Postgres.Postgres) => {
    const [one, other] = [workload.below(4), workload.below(4)]
    return postgres.transaction(({ query }) =>
      Effect.gen(function* () {
        for (const id of [one, other]) yield* query("update toy set n = n + 1 where id = $1::int", [id])
      })
    )
  }
  const work = Effect.scoped(
    Effect.gen(function* () {
      const postgres = yield* Postgres.open({
        url: Redacted.make("postgres://sim@sim/sim"),
        max: 4,
        driver: { socket: () => gateway.socket(process), connect_timeout: 0, idle_timeout: 0 }
      })
      yield* Effect.forEach(
        [0, 1, 2, 3],
        () =>
          Effect.repeat(
            Effect.catch(add(postgres), (error) => Effect.sync(() => void failures.push(error.message))),
            { times: 3 }
          ),
        { concurrency: 4 }
      )
    })
  )
  const fiber = Effect.runForkWith(SimulatedProcess.context(world, process, scheduling, { probability: 0.02 }))(work)
  const ending = await world.run(() => fiber.pollUnsafe() !== undefined, world.nowMs() + 600_000)
  const uses = Object.values(ambient.uses).reduce((sum, each) => sum + each, 0)
  ambient.restore()
  await gateway.close()
  assert.strictEqual(ending, "Done", world.trace().join("\n"))
  assert.deepStrictEqual(thrown, [])
  const exit = await Effect.runPromise(Fiber.await(fiber))
  assert.isTrue(Exit.isSuccess(exit), String(exit))
  const { messages } = await pool.control.ask(Wire.query("select id, n from toy order by id"))
  return { hash: world.traceHash(), counts: gateway.counts(), failures, rows: String(Wire.rows(messages)), uses }
}

const sum = (rows: string) =>
  rows
    .split(",")
    .filter((_, index) => index % 2 === 1)
    .reduce((total, each) => total + Number(each), 0)

describe("the gateway", () => {
  it("lets transactions wait for each other and lock each other out, the same way for the same seed", async () => {
    const seeds = Array.from({ length: 3 }, (_, index) => index + 4)
    const first = new Map<number, Told>()
    for (const seed of seeds) first.set(seed, await play(seed, () => ({})))
    for (const seed of seeds.toReversed())
      assert.deepStrictEqual(await play(seed, () => ({})), first.get(seed), `seed ${seed}`)
    const told = [...first.values()]
    assert.strictEqual(new Set(told.map(({ hash }) => hash)).size, seeds.length, "each seed is another history")
    const total = (count: (counts: PostgresGateway.Counts) => number) =>
      told.reduce((all, { counts }) => all + count(counts), 0)
    assert.isAbove(
      total(({ lockWaits }) => lockWaits),
      10,
      "lock waits"
    )
    assert.isAbove(
      total(({ deadlocks }) => deadlocks),
      2,
      "deadlocks"
    )
    for (const { failures, rows } of told) if (failures.length === 0) assert.strictEqual(sum(rows), 32)
  })

  it("loses connections and answers, and a COMMIT whose answer was lost may have happened", async () => {
    let unknown = 0
    for (let seed = 1; seed <= 2; seed += 1) {
      const faulty = (sql: string, faults: Seed.Stream): Partial<StatementFate> =>
        sql === "commit" && faults.chance(0.3) ? { cut: faults.chance(0.5) ? "after" : "before", kind: "cut" } : {}
      const told = await play(seed, faulty)
      unknown += told.failures.length
      assert.deepStrictEqual(await play(seed, faulty), told)
      assert.isAtLeast(sum(told.rows), 2 * (16 - told.failures.length))
    }
    assert.isAbove(unknown, 2)
  })

  it("lets the server refuse, and the driver's owner try again", async () => {
    const refused = (_: string, faults: Seed.Stream): Partial<StatementFate> =>
      faults.chance(0.05) ? { refusal: "40001", kind: "refused" } : {}
    for (let seed = 1; seed <= 2; seed += 1) {
      const told = await play(seed, refused)
      assert.strictEqual(sum(told.rows), 2 * (16 - told.failures.length))
    }
  })
})
