/** Promises about workers: what is to be done is known to be, whoever drives connections does it alone, and who rests is left alone. */
import { Side } from "@syncline/core"
import { Schema } from "effect"
import type { Oracle, Sent, View } from "./Oracle.ts"

/** A webhook's wake is written with its claim, and stays until the claim has been followed. */
const claimed: Oracle = {
  promise: "I-18",
  name: "what was told has a wake",
  committed: ({ hasTwins, isDriven, snapshot }, complain) => {
    if (!isDriven) return
    for (const { entity, id, isPending, side } of snapshot.claims) {
      // Whoever reads all that has changed follows what it finds to have been told too, and its wake stays until it has.
      if (
        !isPending ||
        isRunning(snapshot, entity) ||
        !isMatched(snapshot.cursors, entity, hasTwins) ||
        hasFailed(snapshot.executions, entity)
      )
        continue
      if (
        !snapshot.wakes.some((wake) => wake.entity === entity && (wake.class === "webhook" || wake.class === "delta"))
      )
        complain(null, `${id} of ${entity} at the ${side} was told to have changed, and nobody is woken for it`)
    }
  }
}

/** Until both sides were listed, and what both have was paired, what webhooks tell waits for the run that does it. */
const isMatched = (cursors: View["snapshot"]["cursors"], entity: string, hasTwins: boolean): boolean =>
  Side.Side.literals.every((side) =>
    cursors.some(
      ({ entity: of, side: at, state }) =>
        of === entity && at === side && isFollowing(state) && state.generation >= (hasTwins ? 2 : 1)
    )
  )

const isFollowing = Schema.is(Schema.Struct({ _tag: Schema.Literal("Following"), generation: Schema.Int }))

/** What fails again and again, or is cancelled, is left to the next run of its job. */
const hasFailed = (executions: View["snapshot"]["executions"], entity: string): boolean =>
  executions.some((each) => each.entity === entity && each.trigger === "webhook" && hasStopped.has(each.status))

const hasStopped = new Set(["failed", "cancelled", "timed_out"])

/** A driver that nobody has is due when the first of its wakes is, or when what stands in their way is asked again. */
const due: Oracle = {
  promise: "I-18",
  name: "who is woken is due",
  committed: ({ isDriven, snapshot }, complain) => {
    if (!isDriven) return
    const askedAtMs = Math.max(0, ...snapshot.connections.map(({ probeAtMs }) => probeAtMs ?? 0))
    for (const { dueAtMs, name, worker } of snapshot.drivers) {
      if (worker !== null) continue
      const late = snapshot.wakes.find((wake) => (dueAtMs ?? Infinity) > Math.max(wake.dueAtMs, askedAtMs))
      if (late !== undefined)
        complain(
          null,
          `the driver of ${name} is due ${told(dueAtMs)}, and ${late.job} was woken for ${told(late.dueAtMs)}`
        )
    }
  }
}

const told = (ms: number | null): string => (ms === null ? "never" : `at ${Math.round(ms)}`)

/** Longer than a dead worker is waited for, and its statements' time. */
const servedWithinMs = 30_000

const served: Oracle = {
  promise: "I-18",
  name: "what is due is done",
  committed: (view, complain) => {
    const { calmSinceMs, drivenSinceMs, nowMs, restedAtMs, snapshot } = view
    if (drivenSinceMs === null || calmSinceMs === null) return
    for (const { class: of, dueAtMs, job } of snapshot.wakes) {
      const sinceMs = Math.max(dueAtMs, calmSinceMs, drivenSinceMs, restedAtMs, lastEnded(view, job)?.atMs ?? 0)
      if (nowMs - sinceMs > servedWithinMs && !isRunning(snapshot, job))
        complain(
          null,
          `${job} is due for ${of} ${told(dueAtMs)}, and nobody has done anything for it for ${nowMs - sinceMs} ms`
        )
    }
  }
}

const lastEnded = ({ ended }: View, entity: string) =>
  [...ended.values()].filter((each) => each.entity === entity).at(-1)

const isRunning = ({ executions }: View["snapshot"], entity: string): boolean =>
  executions.some((each) => each.entity === entity && each.status === "running")

const fresh: Oracle = {
  promise: "I-17",
  name: "who takes a driver begins an epoch",
  committed: ({ previous, snapshot }, complain) => {
    for (const { epoch, name, worker } of snapshot.drivers) {
      const before = previous.drivers.find((each) => each.name === name)
      if (before === undefined) continue
      if (epoch < before.epoch || (worker !== null && worker !== before.worker && epoch === before.epoch))
        complain(
          null,
          `${worker ?? "nobody"} has the driver of ${name} in epoch ${epoch}, after ${before.worker ?? "nobody"} in ${before.epoch}`
        )
    }
  }
}

/** Providers are called to connect too, and asked whether they answer. */
const isOfRun = ({ verb }: Sent): boolean => verb !== "check" && verb !== "token" && verb !== "unknown"

const owned: Oracle = {
  promise: "I-19",
  name: "who does not drive calls nobody",
  called: ({ isDriven, snapshot }, sent, complain) => {
    if (!isDriven || !isOfRun(sent) || sent.isAwakening) return
    for (const { epoch, name, worker } of snapshot.drivers)
      if (worker !== sent.process)
        complain(
          null,
          `${sent.process} calls the ${sent.side} (${sent.verb}), and ${worker ?? "nobody"} has the driver of ${name} in epoch ${epoch}`
        )
  }
}

/** Who is cancelled hears of it with its next heartbeat, or the one after. */
const heardWithinMs = 20_000

/** Ids are listed before it is known whether there is anything to do. */
const isCompared = ({ snapshot }: View, { entity }: Sent): boolean =>
  snapshot.wakes.some((wake) => wake.entity === entity && wake.class === "reconcile")

const over: Oracle = {
  promise: "I-19",
  name: "who has ended calls nobody",
  called: (view, sent, complain) => {
    if (
      !view.isDriven ||
      !isOfRun(sent) ||
      sent.isAwakening ||
      isRunning(view.snapshot, sent.entity) ||
      isCompared(view, sent)
    )
      return
    const last = lastEnded(view, sent.entity)
    if (last === undefined || (last.status === "cancelled" && view.nowMs - last.atMs < heardWithinMs)) return
    complain(
      null,
      `${sent.process} calls the ${sent.side} (${sent.verb} ${sent.entity}), and no execution runs: the last is ${last.status}`
    )
  }
}

/** What had begun before ends by itself, for each of its calls fails too. */
const endsWithinMs = 15_000

/** Where tokens end, a run may wait so long for another, and for the person who connects anew. */
const renewedWithinMs = 60_000

const rests: Oracle = {
  promise: "I-14",
  name: "who rests is left alone",
  called: ({ granted, isDriven, nowMs, snapshot, systems }, sent, complain) => {
    if (!isDriven || !isOfRun(sent)) return
    const withinMs = granted.size === 0 ? endsWithinMs : endsWithinMs + renewedWithinMs
    const resting = snapshot.connections.find(
      ({ name, state }) => name === systems[sent.side].name && state !== "ready"
    )
    if (resting !== undefined && nowMs - (resting.sinceMs ?? nowMs) > withinMs)
      complain(
        null,
        `${sent.process} calls ${resting.name} (${sent.verb}), which rests since ${nowMs - (resting.sinceMs ?? 0)} ms`
      )
  }
}

/** As for anything that is due, with the time that a provider is given to answer. */
const askedWithinMs = 60_000

const asked: Oracle = {
  promise: "I-14",
  name: "who rests is asked again",
  committed: ({ calmSinceMs, isDriven, nowMs, snapshot }, complain) => {
    if (!isDriven || calmSinceMs === null) return
    for (const { name, probeAtMs, state } of snapshot.connections)
      if (state !== "ready" && nowMs - Math.max(probeAtMs ?? 0, calmSinceMs) > askedWithinMs)
        complain(null, `${name} rests, and has not been asked since ${told(probeAtMs)}`)
  }
}

export const driverOracles: ReadonlyArray<Oracle> = [claimed, due, served, fresh, owned, over, rests, asked]
