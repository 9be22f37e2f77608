/** Mistakes in what is read at the systems, and how far that is remembered. */
import { at, type Mistake, mistake } from "../Mistake.ts"

const walk = "packages/connector/src/Walk.ts"
const feed = "packages/simulation/src/systems/ChangeFeed.ts"
const planner = "packages/core/src/Planner.ts"
const commit = "packages/store/src/Commit.ts"

export const finding: ReadonlyArray<Mistake> = [
  mistake(
    "cursor-now",
    "S2-B1, S4-E1",
    "The next walk begins at what time it is when this one ends.",
    at(
      walk,
      "const { next, atMs: untilMs, events = [] } = page",
      "const { next, atMs, events = [] } = page\n      const untilMs = next === null ? (yield* nowMs) + lagMs : atMs"
    )
  ),
  mistake(
    "no-overlap",
    "S1-2, S1-3a",
    "The next walk does not look back by the provider's lag.",
    at(walk, "const sinceMs = boundMs - lagMs", "const sinceMs = boundMs")
  ),
  mistake(
    "log-to-the-end",
    "S1-3a, D16",
    "A log is followed from its last entry that was seen, though one before it may come to be seen later.",
    at(
      feed,
      "position: encode({ after: settled, settled: null })",
      "position: encode({ after: Math.max(settled, ...page.items.map(({ seq }) => seq)), settled: null })"
    )
  ),
  mistake(
    "swallow-and-advance",
    "S2-B2, S1-1",
    "A record that cannot be decided on is set aside nowhere, and the cursor goes on.",
    at("packages/engine/src/Verdict.ts", "failure: { ...failure, side: known.side },", "failure: null,")
  ),
  mistake(
    "stale-page",
    "S1-11",
    "A reading that is older than what is known of the record counts all the same.",
    at(planner, `if (observedAtMs < (link.observedAtMs[side] ?? observedAtMs)) return skip("stale read")`, "")
  ),
  mistake(
    "zombie-commits",
    "S1-10, S3-D2",
    "A process that was taken over commits what it had begun.",
    at(
      "packages/store/src/Cursors.ts",
      '  if (row === undefined) return yield* Fenced.of(lease, null)\n  if (row.status !== "running") return yield* Fenced.of(lease, row.status)',
      "  if (row === undefined) return"
    )
  ),
  mistake(
    "heartbeat-unheeded",
    "S1-10, S3-D2",
    "A process goes on though its heartbeat has told it that it was taken over.",
    at(
      "packages/store/src/Cursors.ts",
      '        if (row === undefined) return yield* Fenced.of(lease, null)\n        if (row.status !== "running") return yield* Fenced.of(lease, row.status)',
      "        if (row === undefined) return"
    )
  ),
  mistake(
    "calls-though-taken",
    "architecture: no call starts later than one check before the send",
    "A process that stood still sends what it was about to send, though another may have taken its place.",
    at("packages/engine/src/Living.ts", "return isAlive && (yield* mayDriverCall)", "return yield* mayDriverCall")
  ),
  mistake(
    "ended-again",
    "S1-10, I-19",
    "An execution that was ended by who took its pair over ends once more as it sees it itself.",
    at(
      "packages/store/src/Executions.ts",
      "where tenant_id = $1 and execution_id = $2 and status = 'running' returning 1",
      "where tenant_id = $1 and execution_id = $2 returning 1"
    )
  ),
  mistake(
    "silence-is-gone",
    "S4-E7, contract: silence is never an answer",
    "A record that an answer does not mention counts as deleted.",
    at(
      "packages/engine/src/Find.ts",
      "...silent.map(unanswered)]",
      `...silent.map((id) => ({ _tag: "Gone", id }) as const)]`
    )
  ),
  mistake(
    "advance-though-moved",
    "S1-1",
    "The cursor goes on though a decision of its page was dropped.",
    at(commit, "const isWhole = batch.advance !== null && moved.size === 0", "const isWhole = batch.advance !== null")
  ),
  mistake(
    "cursor-before-data",
    "S2-B14, S4-E2",
    "The cursor is committed before what its page showed.",
    at(
      "packages/engine/src/Drive.ts",
      "before = yield* ReadAhead.inOrder(",
      "yield* Take.commit(driving, side, yield* Take.prepare(driving, side, Sight.nothing, true), { advance: cursor })\n    before = yield* ReadAhead.inOrder("
    )
  ),
  mistake(
    "cursor-back",
    "I-5",
    "The next walk begins now and then well before the end of the last one.",
    at(
      walk,
      "const sinceMs = boundMs - lagMs",
      "const sinceMs = boundMs - lagMs - (Math.floor(boundMs / 1000) % 5) * 3000"
    )
  )
]
