/** The judge at work: shows it the engine's tables after each commit, through a session of the world's own. */
import type { Backend } from "./BackendPool.ts"
import * as Oracles from "./Oracles.ts"
import type { Snapshot } from "./oracles/Snapshot.ts"
import * as Wire from "./PostgresWire.ts"

export interface Judging {
  readonly look: (nowMs: number) => void
  /** To be asked right after a COMMIT. */
  readonly snapshotSql: string
  /** `text` is the answer. */
  readonly committed: (text: string, nowMs: number) => void
  readonly ended: (nowMs: number) => Promise<void>
  readonly judge: Oracles.Judge
  /** The last that was taken. */
  readonly snapshot: () => Snapshot
}

export interface Options {
  readonly control: Backend
  readonly systems: Oracles.Options["systems"]
  readonly strategy: string
  readonly without: ReadonlySet<string>
}

const ofTenant = (sql: string) => sql.replaceAll("$1", "'default'")
const snapshotSql = ofTenant(Oracles.Snapshot.sql)
const keptSql = ofTenant(Oracles.Snapshot.keptSql)

export const make = ({ control, strategy, systems, without }: Options): Judging => {
  const judge = Oracles.make({ systems, strategy, without })
  const ask = async (sql: string): Promise<string> => {
    const { messages } = await control.ask(Wire.query(sql))
    return Wire.rows(messages)[0]?.[0] ?? "null"
  }
  let text = ""
  let last: Snapshot = Oracles.Snapshot.none
  /** Most commits change nothing that an oracle looks at: leases, mere looks. */
  const isNews = (now: string): boolean => {
    if (now === text) return false
    text = now
    last = Oracles.Snapshot.decode(JSON.parse(now))
    return true
  }
  return {
    look: judge.look,
    snapshotSql,
    committed: (now, nowMs) => {
      if (isNews(now)) judge.committed(last, nowMs)
    },
    ended: async (nowMs) => {
      isNews(await ask(snapshotSql))
      judge.ended(last, await ask(keptSql), nowMs)
    },
    judge,
    snapshot: () => last
  }
}
