/** The mistakes that can be put into the engine on purpose, to see that an oracle notices. */
import { at, type Mistake, mistake } from "./Mistake.ts"

const walk = "packages/connector/src/Walk.ts"
const connector = "packages/simulation/src/systems/ProviderConnector.ts"
const feed = "packages/simulation/src/systems/ChangeFeed.ts"
const planner = "packages/core/src/Planner.ts"
const push = "packages/engine/src/Push.ts"
const doubt = "packages/engine/src/Doubt.ts"
const commit = "packages/store/src/Commit.ts"

export const all: ReadonlyArray<Mistake> = [
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
    "create-again",
    "S1-5, S3-D12",
    "A create whose answer was lost is sent again, whatever the provider makes of it.",
    at(doubt, `(repeat?._tag === "Unique" && !isToBeFound(sending)) ||`, "repeat !== undefined ||")
  ),
  mistake(
    "fresh-key",
    "S1-5",
    "Every attempt of a create has an idempotency key of its own.",
    at(connector, `"idempotency-key": key,`, `"idempotency-key": method === "POST" ? key + "." + Math.random() : key,`)
  ),
  mistake(
    "forgotten-key",
    "S3-D5",
    "A create is sent again under its key, however long ago the provider forgot it.",
    at(doubt, "nowMs - sending.intent.sentAtMs < repeat.keptMs", "nowMs >= sending.intent.sentAtMs")
  ),
  mistake(
    "looked-for-too-early",
    "S0-1",
    "That a search does not find a record yet is taken for proof that it was not made.",
    at(doubt, "nowMs - intent.sentAtMs >= create.find.lagMs", "nowMs >= intent.sentAtMs")
  ),
  mistake(
    "lost-answer-is-failure",
    "S3-D12",
    "A write whose answer was lost counts as one that did not happen.",
    at(
      "packages/engine/src/Judged.ts",
      `return settled({ _tag: "InDoubt", why: reason.detail })`,
      `return settled({ _tag: "Released", why: reason.detail, availableAtMs: null })`
    )
  ),
  mistake(
    "in-flight-ignored",
    "S3-D3",
    "A reading is decided on while a write of that record is on its way.",
    at(planner, `if (lanes[side].sent !== null) return wait({ _tag: "Unsettled", side })`, "")
  ),
  mistake(
    "never-reclaimed",
    "S3-D1",
    "What a process that died had sent stays in flight for ever.",
    at(
      "packages/store/src/Cursors.ts",
      "and state = 'in_flight' and epoch < $5 returning record_key",
      "and state = 'in_flight' and epoch < $5 and false returning record_key"
    )
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
    "link-version-unchecked",
    "architecture: the link row is the arbiter",
    "A decision is committed though its link has moved since it was read.",
    at(
      commit,
      "const moved = new Set([...locked.moved, ...lanes, ...references])",
      "const moved = new Set([...references])"
    )
  ),
  mistake(
    "reference-unchecked",
    "architecture: a cache without version",
    "A decision is committed though a link it referred to has moved.",
    at(
      commit,
      "const moved = new Set([...locked.moved, ...lanes, ...references])",
      "const moved = new Set([...locked.moved, ...lanes])"
    )
  ),
  mistake(
    "settle-takes-all",
    "S3-D8",
    "The whole answer to a write becomes the image, and with it what a user had changed meanwhile.",
    at(
      "packages/engine/src/Settle.ts",
      "isCarried || !mapped.has(name) ? now : seen",
      "isCarried || !mapped.has(name) ? now : now"
    )
  ),
  mistake(
    "one-image",
    "S0-6, architecture: two images",
    "A side is compared with what the source was last seen to be.",
    at(
      "packages/core/src/Standing.ts",
      "imageX: link === null ? null : link.images[x],",
      "imageX: link === null ? null : (link.images.source ?? link.images[x]),"
    )
  ),
  mistake(
    "child-unlocked",
    "architecture: a waiting child locks its parent's link",
    "A record that waits for another does not lock that one's link.",
    at("packages/store/src/internal/WaitRows.ts", "if (parents.length > 0) {", "if (parents.length > 1_000_000) {")
  ),
  mistake(
    "no-sweep",
    "architecture: a sweep releases what was missed",
    "Nobody looks for records whose wake-up was lost.",
    at("packages/engine/src/Drive.ts", "yield* waiting.sweep(driving.pair.key)", "")
  ),
  mistake(
    "no-agreement",
    "S0-8, S2-B12",
    "A value that the other side has already is written there again.",
    at(
      "packages/core/src/FieldPlan.ts",
      "return isKnownAtY(field, policy.name) && field.isSame(seen, atY)",
      'return isKnownAtY(field, policy.name) && field.isSame(seen, atY) && policy.name === ""'
    )
  ),
  mistake(
    "clearing-undone",
    "S1-6",
    "A field that was cleared is taken for one without news.",
    at(
      connector,
      "...(patch !== null && { json: patch })",
      "...(patch !== null && { json: Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null)) })"
    )
  ),
  mistake(
    "conflict-goes-on",
    "S2-B3, S0-11",
    "What was queued for a record is sent though a person is being asked about it.",
    at(
      "packages/engine/src/Verdict.ts",
      "entries: Consequence.entriesOf(known, Consequence.noWrites),\n        conflict:",
      "entries: [],\n        conflict:"
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
    "The cursor is committed with the first part of a page, before the rest of it.",
    at(
      "packages/engine/src/Drive.ts",
      "const advance = index === all.length - 1 ? cursor : null",
      "const advance = index === 0 ? cursor : null"
    )
  ),
  mistake(
    "blind-write",
    "S3-D9",
    "A record is written without a look at what it is now, at a provider that takes every write.",
    at(
      push,
      `if (isGuarded || at.connection.database._tag !== "None")`,
      "if (isGuarded || at.connection.database._tag !== null)"
    )
  ),
  mistake(
    "version-unsent",
    "I-1",
    "The version that a write believes in is not sent along.",
    at(
      connector,
      `...(typeof version === "number" && { "if-match": String(version) })`,
      '...(version === key && { "if-match": key })'
    )
  ),
  mistake(
    "whole-record-written",
    "I-23",
    "An update sends the whole record as it was last seen, not only what changes.",
    at(
      connector,
      'write("PATCH", `${path}/${id}`, key, patch,',
      'write("PATCH", `${path}/${id}`, key, { ...Object.fromEntries(names.map((name) => [name, base[name] ?? null])), ...patch },'
    )
  ),
  mistake(
    "other-sides-id",
    "S2-B6",
    "A reference is written with the id that its record has at the side it came from.",
    at(
      "packages/engine/src/References.ts",
      `link[side === "source" ? "sourceId" : "targetId"]`,
      `link[side === "source" ? "targetId" : "sourceId"]`
    )
  ),
  mistake(
    "linked-to-anybody",
    "S2-B23, S0-1",
    "A record that is looked for before it is made is linked with whatever was found.",
    at(
      "packages/engine/src/LookFirst.ts",
      "const [first, ...others] = found.get(value) ?? []",
      "const [first, ...others] = [...found.values()].flat().slice(0, 1)"
    ),
    at(
      "packages/simulation/src/systems/Listing.ts",
      "fields !== null && values.has(textOf(fields[field]))",
      "fields !== null && values.size > 0"
    )
  ),
  mistake(
    "counted-twice",
    "S2-B16",
    "What an execution created counts double.",
    at("packages/engine/src/Settle.ts", "{ [counterOf[entry.operation]]: 1 }", "{ [counterOf[entry.operation]]: 2 }")
  ),
  mistake(
    "deletion-forgotten",
    "S1-8",
    "A record that is gone is not deleted at the other side.",
    at(planner, `return seen._tag === "Gone" ? planGone(standing)`, `return seen._tag === "Gone" ? skip("ignored")`)
  ),
  mistake(
    "float-money",
    "I-24",
    "Amounts pass through a binary number that is too short.",
    at(
      "packages/core/src/Canonical/Money.ts",
      'const minor = Number(whole + fraction.slice(0, exponent).padEnd(exponent, "0"))',
      'const minor = Math.fround(Number(whole + fraction.slice(0, exponent).padEnd(exponent, "0")))'
    )
  ),
  mistake(
    "credentials-crossed",
    "S2-B22, I-11",
    "A connection is entered with the credentials of another.",
    at(
      "packages/simulation/src/Setting.ts",
      "config: { token: tokenOf(account, side) }",
      `config: { token: tokenOf(account, side === "source" ? "target" : "source") }`
    )
  )
]

/** Several that hide each other are joined by `+`. */
export const named = (names: string): ReadonlyArray<Mistake> | null => {
  const found = names.split("+").flatMap((name) => all.find((each) => each.name === name) ?? [])
  return found.length === names.split("+").length ? found : null
}

/** Pairs of which each alone may be made good by what the other takes away. */
export const pairs: ReadonlyArray<string> = [
  "child-unlocked+no-sweep",
  "stale-page+link-version-unchecked",
  "looked-for-too-early+forgotten-key"
]
