/** Mistakes in what the engine does by itself: comparing, taking over, and what it keeps for another time. */
import { at, type Mistake, mistake } from "../Mistake.ts"

const compared = "packages/engine/src/Compared.ts"
const reception = "packages/engine/src/Reception.ts"

export const running: ReadonlyArray<Mistake> = [
  mistake(
    "unlisted-is-gone",
    "S4-E6, S4-E7",
    "A record that a complete listing leaves out counts as deleted, and is not asked for by its id.",
    at(
      compared,
      "const { sighting } = yield* asked(taking, side, ids)\n      const isGone",
      `const { sighting: answered } = yield* asked(taking, side, ids)
      const sighting = { ...answered, seen: ids.map((id) => ({ _tag: "Gone", id }) as const) }
      const isGone`
    )
  ),
  mistake(
    "unlisted-forgotten",
    "S1-8, I-7",
    "A record that is linked and not listed is not looked at.",
    at(compared, "if (deleted > most || present > most) return", "if (deleted >= 0) return")
  ),
  mistake(
    "yes-before-stored",
    "S4-E12",
    "A webhook is answered before it is stored.",
    at(
      reception,
      "return { ...answer(200), woken: yield* receive(arrival) }",
      "yield* Effect.forkDetach(Effect.ignore(receive(arrival)))\n    return answer(200)"
    )
  ),
  mistake(
    "anybody-let-in",
    "SEC-4",
    "A webhook is believed whoever has signed it.",
    at(
      "packages/connector/src/Signature.ts",
      `if (!isGenuine(scheme.encoding, secrets, proof)) return "forged"`,
      `if (!isGenuine(scheme.encoding, secrets, proof)) return "genuine"`
    )
  ),
  mistake(
    "repeat-is-news",
    "S3-D18",
    "A webhook that comes again counts as another one.",
    at(
      "packages/store/src/Receive.ts",
      "(fresh.delete(`${connection} ${id}`) ? claims : [])",
      "(fresh.delete(`${connection} ${id}`) ? claims : claims)"
    )
  ),
  mistake(
    "hint-ignored",
    "I-20",
    "What a webhook claims is ticked off, and the record is not read.",
    at(
      "packages/engine/src/Ingest.ts",
      "for (const sighting of yield* atSide(side, read(pair, side, ids))) yield* take(side, sighting)",
      ""
    )
  ),
  mistake(
    "trying-burns-attempts",
    "S3-D13",
    "An execution that takes a refused write up again counts as an attempt, whatever comes of it.",
    at("packages/store/src/internal/Stopped.ts", 'again(which, "attempts",', 'again(which, "attempts + 1",')
  ),
  mistake(
    "never-given-up",
    "S1-12",
    "A record that is refused is tried for ever.",
    at("packages/store/src/Ledger.ts", "export const maxAttempts = 3", "export const maxAttempts = 3000"),
    at("packages/engine/src/Settle.ts", "const maxAttempts = 3", "const maxAttempts = 3000")
  ),
  mistake(
    "one-stops-all",
    "S3-D14",
    "While a write is given up nothing is sent to its side.",
    at(
      "packages/store/src/internal/Sending.ts",
      "and pending > 0 and blocked_by is null and epoch is null",
      `and pending > 0 and blocked_by is null and epoch is null
      and not exists (select from syncline.outbox g where g.tenant_id = $1 and g.side = $4 and g.state = 'dead')`
    )
  ),
  mistake(
    "side-rests",
    "S1-9",
    "While a write is given up nothing else is sent to its side, for an hour and a half.",
    at(
      "packages/store/src/internal/Sending.ts",
      "and pending > 0 and blocked_by is null and epoch is null",
      `and pending > 0 and blocked_by is null and epoch is null
      and not exists (select from syncline.outbox g where g.tenant_id = $1 and g.side = $4 and g.state = 'dead'
        and g.updated_at > to_timestamp($6::float8 / 1000) - interval '90 minutes')`
    )
  ),
  mistake(
    "interrupted-for-ever",
    "S1-13",
    "The execution of a process that died is not ended by whoever takes over.",
    at(
      "packages/store/src/Cursors.ts",
      "and status = 'running' and execution_id <> $4",
      "and status = 'running' and execution_id <> $4 and false"
    )
  )
]
