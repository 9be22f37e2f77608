/**
 * One history, from its seed: two systems with their habits, users who edit, the engine in two processes, and everything that may go
 * wrong. Then all faults stop and users rest; what is then to become quiet must become quiet, and be right.
 */
import { JobName, Side } from "@syncline/core"
import type { Engine } from "@syncline/engine"
import { Effect, Result } from "effect"
import * as Ambient from "./Ambient.ts"
import * as ByHand from "./ByHand.ts"
import * as Canceller from "./Canceller.ts"
import * as Consenter from "./Consenter.ts"
import * as Decider from "./Decider.ts"
import * as Elements from "./Elements.ts"
import * as EngineProcess from "./EngineProcess.ts"
import type { Boundary } from "./Fate.ts"
import * as Faults from "./Faults.ts"
import * as Fleet from "./Fleet.ts"
import * as Judging from "./Judging.ts"
import * as Machines from "./Machines.ts"
import * as Night from "./Night.ts"
import * as Outage from "./Outage.ts"
import * as Pace from "./Pace.ts"
import * as PostgresGateway from "./PostgresGateway.ts"
import * as Processes from "./Processes.ts"
import * as Quiet from "./Quiet.ts"
import * as Seed from "./Seed.ts"
import type { Violation } from "./oracles/Oracle.ts"
import * as Sent from "./Sent.ts"
import * as Setting from "./Setting.ts"
import * as Settling from "./Settling.ts"
import * as Shape from "./Shape.ts"
import type { Provider } from "./systems/Provider.ts"
import type { Stage } from "./Stage.ts"
import type * as Story from "./Story.ts"
import * as Users from "./Users.ts"
import * as Webhooks from "./Webhooks.ts"
import * as Wire from "./Wire.ts"
import * as WorkerProcess from "./WorkerProcess.ts"
import * as World from "./World.ts"

export interface Options {
  readonly seed: number
  /** A long history, whatever the seed would have. */
  readonly isLong?: boolean
  /** Elements that are there whatever the seed would have. */
  readonly elements?: ReadonlyArray<Elements.Element>
  /** Instead of the seed's own: what users do. */
  readonly steps?: ReadonlyArray<Users.Step>
  /** Kinds of faults that do not happen. */
  readonly withoutFaults?: ReadonlySet<string>
  /** Oracles that are not asked. */
  readonly withoutOracles?: ReadonlySet<string>
  /** Transactions do not meet. */
  readonly isAtomic?: boolean
  readonly isTraceKept?: boolean
  readonly isAskerTold?: boolean
}

export interface Told {
  readonly seed: number
  readonly violations: ReadonlyArray<Violation>
  readonly traceHash: string
  readonly tale: Story.Tale
  readonly steps: ReadonlyArray<Users.Step>
  readonly faults: ReadonlyMap<string, number>
  readonly crashes: number
  readonly counts: PostgresGateway.Counts
  readonly worldSteps: number
  /** How long it was in the world. */
  readonly lastedMs: number
  readonly trace: ReadonlyArray<string>
  readonly ambient: Pick<Ambient.Ambient, "askers" | "uses">
}

/** 2027-01-04T09:00:00Z */
const startMs = 1_799_053_200_000
const names = ["north", "south"]

export const play = async (stage: Stage, options: Options): Promise<Told> => {
  const { isAskerTold = false, seed } = options
  const { faults: faultStream, scheduling, workload } = Seed.streams(seed)
  const elements = Elements.draw(workload.split("elements"), options.elements ?? [])
  const tenant = await stage.tenants.of(seed, elements.has("worker"))
  const drawn = Shape.draw(workload, options.isLong ?? false)
  const shape = elements.has("worker") ? Shape.driven(drawn) : drawn
  const setting = Setting.draw(workload.split("setting"), shape.hasCompanies, elements)
  const systems = Setting.systemsOf(setting, "", workload.split("systems"))
  const steps = options.steps ?? Users.generate(workload.split("users"), setting, shape.size)
  const project = Setting.projectOf(setting, systems, "")
  const patienceMs = patienceOf(elements)
  const poisoned = elements.has("poison") ? workload.split("poison").pick([systems.source, systems.target]) : null
  poisoned?.refuse("p1")
  const tally = Faults.tally()
  const mishaps: Array<Story.Mishap> = []
  const tell = (kind: string, what: string) => mishaps.push({ atMs: world.nowMs(), kind, what })
  let runs = 0
  let isHealed = false
  let healedAtMs = 0
  /** When a process was last seen to stand still. */
  let stillUntilMs = 0

  const judging = Judging.make({
    control: stage.pool.control,
    tenant,
    systems,
    strategy: setting.strategy,
    isDriven: setting.isDriven,
    hasTwins: setting.hasTwins,
    calmSinceMs: () => (isHealed && !processes.isAnyoneStill() ? Math.max(healedAtMs, stillUntilMs) : null),
    without: options.withoutOracles ?? new Set()
  })
  const world = World.make({
    scheduling: scheduling.split("order"),
    startMs,
    isTraceKept: options.isTraceKept ?? false,
    afterStep: () => {
      judging.look(world.nowMs())
      if (processes.isAnyoneStill()) stillUntilMs = world.nowMs()
      if (setting.sendsWebhooks) webhooks.look()
    },
    onThrow: (cause, label) => judging.judge.complain("escape", `"${label}" threw ${String(cause)}`, world.nowMs())
  })
  const fates = Faults.make({
    chance: faultStream,
    tally,
    onStruck: (kind, what) => {
      tell(kind, what)
      judging.judge.struck(kind)
    },
    density: shape.density,
    isOut: Outage.draw(workload.split("outage"), elements, systems, startMs),
    isComparing: (process) => pace.isComparing(process),
    delays: shape.delays,
    fromMs: startMs + shape.calmMs,
    quirksOf: (url) => setting.quirks[url.startsWith(systems.source.baseUrl) ? "source" : "target"],
    without: options.withoutFaults ?? new Set()
  })
  const atBoundary = (process: World.Process, boundary: Omit<Boundary, "process">) => {
    if (isHealed || !process.isAlive) return
    const fate = fates.boundary({ ...boundary, process: process.name }, world.nowMs())
    if (fate._tag === "Dies")
      processes.die(process, fate.kind, Math.min(fate.restartMs, shape.restartMs), `${boundary.at} ${boundary.what}`)
    if (fate._tag === "Stalls") {
      fates.struck(fate.kind, `${process.name} ${boundary.at} ${boundary.what}`, world.nowMs())
      world.stall(process, fate.stallMs)
    }
  }
  const gateway = PostgresGateway.make({
    world,
    pool: stage.pool,
    statements: stage.statements,
    fates,
    scheduling: scheduling.split("gateway"),
    atBoundary,
    questionOf: judging.questionOf,
    onCommit: (answers) => judging.committed(answers, world.nowMs()),
    isAtomic: options.isAtomic ?? false
  })
  const wire = Wire.make({
    world,
    systems: [systems.source, systems.target],
    fates,
    atBoundary,
    onSent: (process, system, request) =>
      judging.judge.called(Sent.of(process, system, request, world.nowMs()), world.nowMs())
  })
  const quiet = Quiet.make({
    systems,
    setting,
    nowMs: world.nowMs,
    // The first may go on with a listing that was begun before.
    reconciliations: elements.has("reconciliation") ? 2 : 0,
    isUnsettled: () => processes.isAnyoneStill() || webhooks.isUnderWay() || Quiet.isUnsettled(judging.snapshot())
  })
  const pace = Pace.make({
    shape,
    elements,
    isHealed: () => isHealed,
    hasClaims: () => judging.snapshot().claims.some(({ isPending }) => isPending),
    dueMs: quiet.dueMs,
    nowMs: () => world.nowMs() - startMs,
    hasRun: () => runs > 0,
    isAway: (name) => processes.isAway(name)
  })
  const processes = Processes.make({
    world,
    gateway,
    scheduling,
    skewMsOf: (name) => (name === "south" ? setting.quirks.source.skewMs % 3000 : 0),
    launch: (process, chance, onEnd) => {
      const around: EngineProcess.Around = {
        world,
        process,
        gateway,
        transport: wire.transport(process),
        project,
        tenant,
        machine: machineOf(process),
        databaseSkewMs: 0,
        scheduling: chance,
        onEnd
      }
      return elements.has("worker")
        ? EngineProcess.start(around, WorkerProcess.program(around, fleet.hearing(process)))
        : EngineProcess.start(around, EngineProcess.engineOnly(ByHand.forever(hand, process.name, chance)))
    },
    struck: (kind, what) => fates.struck(kind, what, world.nowMs()),
    complain: (message) => judging.judge.complain("escape", message, world.nowMs()),
    tell
  })
  const webhooks = Webhooks.make({
    world,
    systems,
    secretOf: (side) => Setting.secretOf("", side),
    chance: faultStream.split("webhooks"),
    receive: (path, request, answered) => {
      const listening = processes.anyone()
      listening?.fork((engine) =>
        Effect.map(fleet.receptionOf(listening, engine).receive(path, request), ({ status }) => answered(status))
      )
      return listening !== undefined
    },
    onSent: judging.judge.sent,
    onAnswer: (delivery, status) => judging.judge.answered(delivery, status, world.nowMs()),
    struck: (kind, what) => fates.struck(kind, what, world.nowMs())
  })
  const consenter = Consenter.make({
    world,
    systems,
    setting,
    chance: workload.split("consenter"),
    fork: processes.fork,
    complain: (oracle, message) => judging.judge.complain(oracle, message, world.nowMs()),
    tell,
    onConnected: () => quiet.touched()
  })
  const machineOf = Machines.of({
    isOne: scheduling.split("machines").chance(0.75),
    names,
    running: processes.running
  })

  /** Before anything else: providers are told where to call, and whoever must consent does. */
  const begin = (engine: Engine["Service"]) =>
    Effect.andThen(
      setting.sendsWebhooks ? webhooks.subscribe(engine) : Effect.void,
      setting.tokens === null ? Effect.void : consenter.begin(engine)
    )
  const fleet = Fleet.make({
    world,
    jobs: Object.keys(project.jobs ?? {}).map((name) => JobName.make(name)),
    begin,
    onServed: ({ report }) => {
      if (report === null) return
      const told = Result.succeed({ executions: [report], notStarted: [] })
      consenter.heard(told, world.nowMs() - report.durationMs)
    },
    onRound: (report, startedAtMs, next) => {
      runs += 1
      quiet.ran(Result.succeed(report), startedAtMs, next)
    },
    tell
  })
  const hand = { world, setting, webhooks, consenter, pace, quiet, onRun: () => void (runs += 1), tell }

  const act = (step: Users.Step) => {
    if (step._tag !== "Resolve") {
      const system = systems[step.side]
      const nowMs = step.atMs === 0 ? world.nowMs() - settledMs : world.nowMs()
      if (Users.perform(step, system, nowMs)) quiet.touched()
      return
    }
    const chance = Seed.stream(step.choosing)
    processes.fork((engine) => Effect.ignore(Decider.resolve(engine, step.share, chance)))
  }

  /** One record is refused until it is given up; others go on; then it is mended. */
  const beRefused = async (system: Provider) => {
    const settle = () =>
      world.run(() => quiet.isReached() || judging.judge.violations.length > 0, world.nowMs() + patienceMs)
    await settle()
    act(Users.lateEdit(Side.other(system.side), "p2"))
    quiet.begin()
    await settle()
    judging.judge.settled(world.nowMs())
    system.refuse(null)
    tell("nobody is refused any more", system.name)
    quiet.begin()
    // Whoever mended it has the write sent again a minute later: what was refused may still be told again until then.
    await world.run(() => false, world.nowMs() + 61_000)
  }

  const ambient = Ambient.interpose({ world, scheduling: scheduling.split("ambient"), isAskerTold })
  try {
    for (const step of steps) {
      if (step.atMs === 0) act(step)
      else world.after(null, step.atMs, `user ${step.n} ${step._tag}`, () => act(step))
    }
    Night.begin({ world, elements, chance: workload.split("night"), fall: () => fleet.compare(processes) })
    Canceller.begin({ world, elements, chance: workload.split("cancel"), fork: processes.fork, tell })
    for (const name of scheduling.split("fleet").chance(shape.fleet) ? names : names.slice(0, 1)) processes.start(name)
    await world.run(() => false, startMs + Math.max(0, ...steps.map(({ atMs }) => atMs)))
    const runsBefore = runs
    await world.run(() => runs >= runsBefore + shape.restRuns, world.nowMs() + shape.restMs)
    isHealed = true
    healedAtMs = world.nowMs()
    fates.heal()
    systems.source.heal()
    systems.target.heal()
    quiet.begin()
    tell("all faults stop", "")
    if (poisoned !== null) await beRefused(poisoned)
    await Settling.untilAnswered({
      world,
      quiet,
      processes,
      decide: Seed.stream(seed),
      patienceMs,
      complain: (oracle, message) => judging.judge.complain(oracle, message, world.nowMs())
    })
    await judging.ended(world.nowMs())
  } finally {
    ambient.restore()
    processes.close()
    await gateway.close()
  }
  for (const { habits } of [systems.source, systems.target]) for (const [kind, times] of habits) tally.add(kind, times)
  return {
    seed,
    violations: judging.judge.violations,
    traceHash: world.traceHash(),
    tale: { seed, startMs, setting, systems, judge: judging.judge, mishaps, snapshot: judging.snapshot() },
    steps,
    faults: tally.counts,
    crashes: processes.crashes(),
    counts: gateway.counts(),
    worldSteps: world.steps(),
    lastedMs: world.nowMs() - startMs,
    trace: world.trace(),
    ambient
  }
}

/** What the systems hold before the first sync is no news to anyone. */
const settledMs = 120_000

/** Until all is quiet. Where workers look all the time, less is waited for: nothing of theirs waits for longer than two minutes. */
const patienceOf = (elements: Elements.Elements): number => (elements.has("worker") ? 15 : 60) * 60_000
