/**
 * Histories without the world's kernel: the real engine over the simulated systems on a clock that runs fast, requests that fail, users
 * who act between and during runs. Not repeatable, and nobody dies; it shows systems and oracles to be right before they judge more.
 *
 * `node --conditions=@syncline/source packages/simulation/test/Rehearsal.ts <first seed> <histories>`
 */
import { HttpClient } from "@syncline/connector"
import { Engine } from "@syncline/engine"
import { EmbeddedPostgres, Postgres, Store, StoreClock } from "@syncline/store"
import { Clock, Duration, Effect, Layer, Redacted, Stream } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv } from "node:process"
import * as Decider from "../src/Decider.ts"
import type { WireAnswer } from "../src/Fate.ts"
import * as Faults from "../src/Faults.ts"
import * as Oracles from "../src/Oracles.ts"
import * as Seed from "../src/Seed.ts"
import * as Story from "../src/Story.ts"
import * as Setting from "../src/Setting.ts"
import * as Users from "../src/Users.ts"

const [first = 1, count = 20] = argv.slice(2).map(Number)
const isCalm = argv.includes("calm")
const isTold = argv.includes("told")

/** Virtual milliseconds in one real one. */
const factor = 100
const beganAt = 1_800_000_000_000

const clock = () => {
  const real = performance.now()
  const nowMs = () => Math.floor(beganAt + (performance.now() - real) * factor)
  const nanos = () => BigInt(nowMs()) * 1_000_000n
  const service: Clock.Clock = {
    currentTimeMillisUnsafe: nowMs,
    currentTimeMillis: Effect.sync(nowMs),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.callback<void>((resume) => {
        const timer = setTimeout(() => resume(Effect.void), Duration.toMillis(duration) / factor)
        return Effect.sync(() => clearTimeout(timer))
      })
  }
  return { nowMs, service }
}

const transport = (systems: Setting.Systems, faults: Faults.Faults, look: () => void) => {
  const send = (request: HttpClient.Request) =>
    Effect.gen(function* () {
      const system = [systems.source, systems.target].find(({ baseUrl }) => request.url.startsWith(baseUrl))
      if (system === undefined) return yield* Effect.die(`nobody is at ${request.url}`)
      const asked = { ...request, text: request.body?.text ?? "" }
      const fate = faults.request("one", asked, 0)
      if (fate.kind !== null) faults.struck(fate.kind, `${request.method} ${request.url}`, 0)
      const lost = (outcome: "NotSent" | "Lost") =>
        new HttpClient.TransportFailure({ outcome, detail: fate.kind ?? "" })
      if (!fate.isSent) return yield* lost("NotSent")
      let own: WireAnswer | null = null
      const arrive = (ms: number) =>
        Effect.andThen(
          Effect.sleep(ms),
          Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
            Effect.sync(() => {
              const answer = system.handle(asked, nowMs)
              own ??= answer
              look()
            })
          )
        )
      const [soonest, ...later] = fate.arrivalsMs
      for (const ms of later) yield* Effect.forkDetach(arrive(ms))
      if (soonest !== undefined) {
        if (fate.answer === "silence") yield* Effect.forkDetach(arrive(soonest))
        else yield* arrive(soonest)
      }
      yield* Effect.sleep(fate.answerMs)
      if (fate.answer === "broken") return yield* lost("Lost")
      if (fate.answer === "silence") return yield* Effect.never
      if (fate.answer !== "own") return fate.answer
      if (own === null) return yield* lost("Lost")
      return fate.rewrite?.(own) ?? own
    })
  return Layer.succeed(HttpClient.Transport, {
    send,
    open: (request) =>
      Effect.map(send(request), ({ text, ...head }) => ({ ...head, body: Stream.make(new TextEncoder().encode(text)) }))
  })
}

const play = Effect.fn("Rehearsal.play")(function* (
  url: string,
  pool: Postgres.Postgres,
  seed: number,
  nowMs: () => number
) {
  const streams = Seed.streams(seed)
  const setting = Setting.draw(streams.workload.split("setting"))
  const systems = Setting.systemsOf(setting, "", streams.workload.split("systems"))
  const steps = Users.generate(streams.workload.split("users"), setting)
  const judge = Oracles.make({ systems, strategy: setting.strategy })
  const tally = Faults.tally()
  const quirksOf = (asked: string) =>
    asked.startsWith(systems.source.baseUrl) ? setting.quirks.source : setting.quirks.target
  const mishaps: Array<Story.Mishap> = []
  const fates = Faults.make({ chance: streams.faults, tally, quirksOf })
  const faults: Faults.Faults = {
    ...fates,
    struck: (kind, what) => void mishaps.push({ atMs: nowMs(), kind, what })
  }
  if (isCalm) faults.heal()
  const snapshot = Effect.map(pool.query(Oracles.Snapshot.sql, ["default"]), ([row]) =>
    Oracles.Snapshot.decode(row?.["snapshot"])
  )
  const services = yield* Layer.build(
    Engine.layer(Setting.projectOf(setting, systems, "")).pipe(
      Layer.provide(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(transport(systems, faults, () => judge.look(nowMs())))
    )
  )
  const engine = yield* Effect.provideContext(Engine, services)
  const ends: Array<string> = []
  const sync = Effect.gen(function* () {
    const { executions } = yield* engine.run("people")
    for (const { job, reason, status } of executions)
      if (status !== "completed") ends.push(`${job} ${status}: ${reason}`)
    judge.committed(yield* snapshot, nowMs())
  })
  const startMs = nowMs()
  const work = { isBusy: true }
  const users = Effect.gen(function* () {
    for (const step of steps) {
      const leftMs = startMs + step.atMs - nowMs()
      if (leftMs > 0) yield* Effect.sleep(leftMs)
      if (step._tag === "Resolve") {
        judge.committed(yield* snapshot, nowMs())
        yield* Decider.resolve(engine, step.share, Seed.stream(step.choosing))
        judge.committed(yield* snapshot, nowMs())
      } else Users.perform(step, systems[step.side], nowMs())
      judge.look(nowMs())
    }
    work.isBusy = false
  })
  yield* Effect.forkChild(users)
  while (work.isBusy) {
    yield* Effect.sleep(10_000)
    yield* sync
  }
  faults.heal()
  systems.source.heal()
  systems.target.heal()
  yield* Effect.sleep(200_000)
  let quiet = 0
  for (let round = 0; round < 12 && quiet < 2; round++) {
    const before = systems.source.events.length + systems.target.events.length
    const answered = yield* Decider.resolve(engine, 1, Seed.stream(seed + round))
    const retried = yield* Decider.retry(engine)
    yield* sync
    yield* Effect.sleep(100_000)
    const after = systems.source.events.length + systems.target.events.length
    quiet = after === before && answered === 0 && retried === 0 ? quiet + 1 : 0
  }
  if (quiet < 2) judge.complain("I-3 quiet in the end", "writes go on", nowMs())
  const [kept] = yield* pool.query(Oracles.Snapshot.keptSql, ["default"])
  judge.ended(yield* snapshot, String(kept?.["text"]), nowMs())
  return { setting, judge, ends, steps, systems, startMs, mishaps, snapshot: yield* snapshot }
}, Effect.scoped)

const rehearse = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-rehearsal-"))),
    (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
  )
  const server = yield* EmbeddedPostgres.start({
    folder,
    settings: ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
  })
  const admin = yield* Postgres.open({ url: server.url, max: 1 })
  let broken = 0
  for (let seed = first; seed < first + count; seed++) {
    const name = `rehearsal_${seed}`
    yield* admin.query(`create database ${name} template template0 strategy wal_log`)
    const url = new URL(Redacted.value(server.url))
    url.pathname = `/${name}`
    const { nowMs, service } = clock()
    const result = yield* Effect.scoped(
      Effect.flatMap(Postgres.open({ url: Redacted.make(url.href), max: 1 }), (pool) =>
        play(url.href, pool, seed, nowMs)
      )
    ).pipe(
      Effect.provideService(Clock.Clock, service),
      Effect.provideService(StoreClock, { nowMs: () => Effect.sync(nowMs) })
    )
    yield* admin.query(`drop database ${name} with (force)`)
    const { ends, judge, mishaps, setting, snapshot, startMs, steps, systems } = result
    const { source, target } = setting.quirks
    broken += judge.violations.length === 0 ? 0 : 1
    console.log(
      `seed ${seed} ${setting.strategy}/${setting.mergeFallback} ${source.feed}/${target.feed} ${source.protection}/${target.protection}: ${steps.length} steps, ${systems.source.events.length + systems.target.events.length} events, ${ends.length} runs failed, ${judge.violations.length} violations`
    )
    for (const { atMs, birth, message, oracle } of judge.violations)
      console.log(`  ${atMs - startMs} ${oracle}: ${birth ?? "-"} ${message}`)
    if (isTold && judge.violations.length > 0) {
      console.log(Story.tell({ seed, startMs, setting, systems, judge, mishaps, snapshot }))
      console.log(ends.slice(0, 5).join("\n"))
    }
  }
  console.log(`${count} histories, ${broken} with violations`)
})

Effect.runPromise(Effect.scoped(rehearse)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
