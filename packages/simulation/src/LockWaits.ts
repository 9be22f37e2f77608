/**
 * Which sessions of the server wait for which, made repeatable. PostgreSQL decides such things by real time: when it looks for
 * deadlocks, and who of several that wait for one row is awake first. Here a seed decides both.
 */
import { clearTimeout, setTimeout } from "node:timers"
import type { Answer, Backend } from "./BackendPool.ts"
import * as Wire from "./PostgresWire.ts"
import type { Stream } from "./Seed.ts"
import * as ServerStatements from "./ServerStatements.ts"

/** A session whose statement waits for another's lock. */
export interface Waiter {
  /** As the world knows it, the same in every run. */
  readonly id: number
  readonly backend: Backend
  readonly answer: Promise<Answer>
  /** It waits no longer. */
  readonly done: (answer: Answer) => void
}

export interface LockWaits {
  /** The session's answer, or null: it waits for another session's lock. */
  readonly outcome: (backend: Backend, answer: Promise<Answer>) => Promise<Answer | null>
  readonly wait: (waiter: Waiter) => void
  /**
   * Does something at the server, and says whether locks may have been let go of. Those who wait stand still meanwhile, and are then let
   * loose one at a time: which of them is first is the seed's choice, not the machine's.
   */
  readonly freeing: (act: () => Promise<boolean>) => Promise<void>
  /** The session of one that waits. */
  readonly backendOf: (id: number) => Backend | undefined
  readonly counts: () => { readonly lockWaits: number; readonly deadlocks: number }
  /** Nobody waits any longer. */
  readonly close: () => Promise<void>
}

export interface Options {
  readonly control: Backend
  readonly scheduling: Stream
  readonly note: (line: string) => void
}

/** A statement of ours takes some 0.1 ms: one that has no answer then may be waiting. */
const firstLookMs = 2
const longestLookMs = 40

export const make = ({ control, note, scheduling }: Options): LockWaits => {
  const waiters = new Map<number, Waiter>()
  const counts = { lockWaits: 0, deadlocks: 0 }

  const blockers = async ({ pid }: Backend) => {
    const { messages } = await control.ask(Wire.query(`select unnest(pg_blocking_pids(${pid})) order by 1`))
    return Wire.rows(messages).map(([value]) => Number(value))
  }

  const cancel = ({ pid }: Backend) => control.ask(Wire.query(`select pg_cancel_backend(${pid})`))

  const outcome = async (backend: Backend, answer: Promise<Answer>) => {
    for (let lookMs = firstLookMs; ; lookMs = Math.min(longestLookMs, lookMs * 2)) {
      const answered = await within(answer, lookMs)
      if (answered !== null) return answered
      if ((await blockers(backend)).length > 0) return null
    }
  }

  const finish = (waiter: Waiter, answer: Answer) => {
    waiters.delete(waiter.id)
    note(`waited ${waiter.id}`)
    waiter.done(answer)
  }

  /** Completes what waited and waits no longer, until all that are left really wait. */
  const release = async (cold: Set<Backend>) => {
    for (let hasMoved = true; hasMoved && waiters.size > 0;) {
      hasMoved = false
      for (const waiter of shuffled(waiters.values(), scheduling)) {
        const { backend } = waiter
        if (cold.delete(backend)) thaw(backend)
        const isWaiting = (await blockers(backend)).length > 0
        const answer = isWaiting ? null : await outcome(backend, waiter.answer)
        if (answer !== null) {
          finish(waiter, answer)
          hasMoved = true
        } else if (waiters.size > 1) {
          freeze(backend)
          cold.add(backend)
        }
      }
    }
  }

  const frozen = async (act: () => Promise<boolean>) => {
    const cold = new Set(waiters.size > 1 ? [...waiters.values()].map(({ backend }) => backend) : [])
    cold.forEach(freeze)
    const isFreed = await act()
    if (isFreed) await release(cold)
    cold.forEach(thaw)
    return isFreed
  }

  /** Ends one of those who wait for each other, as the server's own detector would after a while. */
  const untangle = async () => {
    while (waiters.size > 1) {
      const ids = new Map([...waiters.values()].map(({ backend, id }) => [backend.pid, id]))
      const waitsFor = new Map<number, ReadonlyArray<number>>()
      for (const { backend, id } of waiters.values())
        waitsFor.set(
          id,
          (await blockers(backend)).flatMap((pid) => ids.get(pid) ?? [])
        )
      const tangled = circle(waitsFor)
      const victim = tangled.length === 0 ? undefined : waiters.get(scheduling.pick(tangled))
      if (victim === undefined) return
      counts.deadlocks += 1
      note(`deadlock ${tangled.join(" ")}`)
      waiters.delete(victim.id)
      await frozen(async () => {
        await cancel(victim.backend)
        finish(victim, ServerStatements.asDeadlock(await victim.answer))
        return true
      })
    }
  }

  return {
    outcome,
    wait: (waiter) => {
      counts.lockWaits += 1
      note(`waits ${waiter.id}`)
      waiters.set(waiter.id, waiter)
    },
    freeing: async (act) => {
      if (await frozen(act)) await untangle()
    },
    backendOf: (id) => waiters.get(id)?.backend,
    counts: () => counts,
    close: async () => {
      for (const { answer, backend } of waiters.values()) {
        await cancel(backend)
        await answer
      }
      waiters.clear()
    }
  }
}

const freeze = ({ pid }: Backend) => {
  process.kill(pid, "SIGSTOP")
}
const thaw = ({ pid }: Backend) => {
  process.kill(pid, "SIGCONT")
}

const within = async <A>(promise: Promise<A>, ms: number): Promise<A | null> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  const first = await Promise.race([promise, late])
  clearTimeout(timer)
  return first
}

/** A circle among those that wait, beginning with its smallest; empty if there is none. */
export const circle = (waitsFor: ReadonlyMap<number, ReadonlyArray<number>>): ReadonlyArray<number> => {
  for (const start of [...waitsFor.keys()].toSorted((one, other) => one - other)) {
    const path = pathTo(waitsFor, start, start, [start])
    if (path.length > 0) return path
  }
  return []
}

const pathTo = (
  waitsFor: ReadonlyMap<number, ReadonlyArray<number>>,
  from: number,
  to: number,
  path: ReadonlyArray<number>
): ReadonlyArray<number> => {
  for (const next of waitsFor.get(from) ?? []) {
    if (next === to) return path
    if (path.includes(next)) continue
    const longer = pathTo(waitsFor, next, to, [...path, next])
    if (longer.length > 0) return longer
  }
  return []
}

/** In an order that the stream decides. */
export const shuffled = <A>(values: Iterable<A>, stream: Stream): ReadonlyArray<A> => {
  const left = [...values]
  const order: Array<A> = []
  while (left.length > 0) order.push(...left.splice(left.length === 1 ? 0 : stream.below(left.length), 1))
  return order
}
