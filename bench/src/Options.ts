/** What is asked of the bench: `npm run bench -- --records 25000 --rounds 3 --only floor,syncline --json`. */
import { parseArgs } from "node:util"
import { providers } from "./connectors/Providers.ts"
import { type Contender, contenders } from "./Contender.ts"

export interface Options {
  /** Customers in the account. */
  readonly records: number
  readonly rounds: number
  readonly only: ReadonlyArray<Contender>
  /** Print one JSON object as the last line of standard output. */
  readonly json: boolean
  /** Told in the results. */
  readonly date: string
  /** Measure the two-way part instead. */
  readonly twoWay: boolean
  /** Measure what these connectors make of their providers' limits instead: `stripe customer`; null: do not. */
  readonly connectors: ReadonlyArray<string> | null
  /** Entries of the outbox among which a claim is measured; 0: it is not. Two-way only. */
  readonly claimEntries: number
  /** Where the results go, or null. */
  readonly output: string | null
}

const names = providers.map(({ name }) => name)

export const usage = `npm run bench -- [--records N] [--rounds R] [--only a,b,…] [--json] [--date YYYY-MM-DD] [--no-output] [--two-way [--claim-entries N]] [--connectors]
  --records  customers in the account (100000)
  --rounds   rounds that count (5); a round whose two floors differ by more than a quarter is run again
  --only     some of: ${contenders.join(", ")}; with --connectors: ${names.join(", ")}
  --json     one JSON object as the last line
  --date     the day written into bench/results.json
  --no-output  leave bench/results.json as it is
  --two-way    two systems that both change instead; into bench/results-two-way.json
  --connectors  every connector within its provider's limits, in virtual time, instead; into bench/results-connectors.json
  --claim-entries  entries among which a claim is measured (1000000); 0: none`

/** The options, with `today` for a date that is not said; or what is wrong with them. */
export const read = (args: ReadonlyArray<string>, today: string): Options | string => {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      records: { type: "string", default: "100000" },
      rounds: { type: "string", default: "5" },
      only: { type: "string" },
      json: { type: "boolean", default: false },
      date: { type: "string", default: today },
      output: { type: "boolean", default: true },
      "two-way": { type: "boolean", default: false },
      connectors: { type: "boolean", default: false },
      "claim-entries": { type: "string", default: "1000000" }
    }
  })
  const [records, rounds] = [Number(values.records), Number(values.rounds)]
  const claimEntries = Number(values["claim-entries"])
  const twoWay = values["two-way"]
  const known: ReadonlyArray<string> = values.connectors ? names : contenders
  const words = values.only?.split(",") ?? known
  const only = contenders.filter((name) => words.includes(name))
  const connectors = values.connectors ? names.filter((name) => words.includes(name)) : null
  const unknown = words.find((word) => !known.includes(word))
  if (!Number.isInteger(records) || records < 1) return `--records is a whole number from 1, not "${values.records}"`
  if (!Number.isInteger(rounds) || rounds < 1) return `--rounds is a whole number from 1, not "${values.rounds}"`
  if (!Number.isInteger(claimEntries) || claimEntries < 0)
    return `--claim-entries is a whole number, not "${values["claim-entries"]}"`
  if (unknown !== undefined) return `--only knows no "${unknown}"`
  const results = values.connectors ? "results-connectors.json" : twoWay ? "results-two-way.json" : "results.json"
  const output = values.output ? results : null
  return { records, rounds, only, json: values.json, date: values.date, output, twoWay, connectors, claimEntries }
}
