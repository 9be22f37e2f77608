/** What is asked of the bench: `npm run bench -- --records 25000 --rounds 3 --only floor,syncline --json`. */
import { parseArgs } from "node:util"
import { type Contender, contenders } from "./Contender.ts"

export interface Options {
  /** Customers in the account. */
  readonly records: number
  readonly rounds: number
  readonly only: ReadonlyArray<Contender>
  /** Print one JSON object as the last line of standard output. */
  readonly json: boolean
  /** Told in the results; today unless said. */
  readonly date: string
  /** Where the results go, or null. */
  readonly output: string | null
}

export const usage = `npm run bench -- [--records N] [--rounds R] [--only a,b,…] [--json] [--date YYYY-MM-DD] [--no-output]
  --records  customers in the account (100000)
  --rounds   rounds that count (5); a round whose two floors differ by more than a quarter is run again
  --only     some of: ${contenders.join(", ")}
  --json     one JSON object as the last line
  --date     the day written into bench/results.json
  --no-output  leave bench/results.json as it is`

/** The options, or what is wrong with them. */
export const read = (args: ReadonlyArray<string>): Options | string => {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      records: { type: "string", default: "100000" },
      rounds: { type: "string", default: "5" },
      only: { type: "string", default: contenders.join(",") },
      json: { type: "boolean", default: false },
      date: { type: "string", default: new Date().toISOString().slice(0, 10) },
      output: { type: "boolean", default: true }
    }
  })
  const [records, rounds] = [Number(values.records), Number(values.rounds)]
  const words = values.only.split(",")
  const only = contenders.filter((name) => words.includes(name))
  const unknown = words.find((word) => !contenders.some((name) => name === word))
  if (!Number.isInteger(records) || records < 1) return `--records is a whole number from 1, not "${values.records}"`
  if (!Number.isInteger(rounds) || rounds < 1) return `--rounds is a whole number from 1, not "${values.rounds}"`
  if (unknown !== undefined) return `--only knows no "${unknown}"`
  return { records, rounds, only, json: values.json, date: values.date, output: values.output ? "results.json" : null }
}
