/** The judge at work: shows it the engine's tables after each commit, through a session of the world's own. */
import type { TenantId } from "@syncline/core"
import type { Backend } from "./BackendPool.ts"
import * as Oracles from "./Oracles.ts"
import type { Snapshot } from "./oracles/Snapshot.ts"
import * as Wire from "./PostgresWire.ts"

export interface Judging {
  readonly look: (nowMs: number) => void
  /** What is to be asked right after a COMMIT that changed rows of these tables; empty: nothing. */
  readonly questionOf: (tables: ReadonlySet<string>) => string
  /** `answers` has one of each row. */
  readonly committed: (answers: ReadonlyArray<string>, nowMs: number) => void
  readonly ended: (nowMs: number) => Promise<void>
  readonly judge: Oracles.Judge
  /** The last that was taken. */
  readonly snapshot: () => Snapshot
}

export interface Options {
  readonly control: Backend
  readonly tenant: TenantId
  readonly systems: Oracles.Options["systems"]
  readonly strategy: string
  readonly isDriven: boolean
  readonly hasTwins: boolean
  readonly calmSinceMs: () => number | null
  readonly without: ReadonlySet<string>
}

export const make = ({ control, tenant, ...options }: Options): Judging => {
  const keptSql = Oracles.Snapshot.keptSql.replaceAll("$1", `'${tenant}'`)
  const judge = Oracles.make(options)
  const ask = async (sql: string): Promise<ReadonlyArray<string>> => {
    const { messages } = await control.ask(Wire.query(sql))
    return Wire.rows(messages).flatMap(([value]) => value ?? [])
  }
  const texts = new Map<string, string>()
  let last = Oracles.Snapshot.none
  /** Most commits change nothing that an oracle looks at: leases, mere looks. */
  const isNews = (answers: ReadonlyArray<string>): boolean => {
    const news = answers.filter((answer) => texts.get(partOf(answer)) !== answer)
    for (const answer of news) {
      last = Oracles.Snapshot.renewed(last, answer)
      texts.set(partOf(answer), answer)
    }
    return news.length > 0
  }
  return {
    look: judge.look,
    questionOf: (tables) => Oracles.Snapshot.sqlOf(tenant, tables),
    committed: (answers, nowMs) => {
      if (isNews(answers)) judge.committed(last, nowMs)
    },
    ended: async (nowMs) => {
      isNews(await ask(Oracles.Snapshot.wholeSql(tenant)))
      const [kept = ""] = await ask(keptSql)
      judge.ended(last, kept, nowMs)
    },
    judge,
    snapshot: () => last
  }
}

/** The answer's only name. */
const partOf = (answer: string): string => answer.slice(0, answer.indexOf(":"))
