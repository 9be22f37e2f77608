/** Mistakes in what is decided about a record. */
import { at, type Mistake, mistake } from "../Mistake.ts"

const planner = "packages/core/src/Planner.ts"
const commit = "packages/store/src/Commit.ts"

export const deciding: ReadonlyArray<Mistake> = [
  mistake(
    "in-flight-ignored",
    "S3-D3",
    "A reading is decided on while a write of that record is on its way.",
    at(planner, `if (lanes[side].sent !== null) return wait({ _tag: "Unsettled", side })`, "")
  ),
  mistake(
    "link-version-unchecked",
    "architecture: the link row is the arbiter",
    "A decision is committed though its link has moved since it was read.",
    at(
      commit,
      "const moved = new Set([...locked.moved, ...lanes, ...references])",
      "const moved = new Set([...references])"
    ),
    at(
      "packages/store/src/internal/LinkRows.ts",
      "l.record_key = w.k and l.version = w.r returning 1",
      "l.record_key = w.k returning 1"
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
    "stale-cache",
    "S0-1, architecture: a cache without version",
    "What was once looked up of a record that others refer to is believed for as long as the process lives.",
    at(
      "packages/store/src/LinkCache.ts",
      `(tenant, integration, wanted, _isAgain) =>
            links.resolveReferences(tenant, integration, wanted)`,
      `((kept) => (tenant, integration, wanted, isAgain) => {
            const nameOf = (each) => JSON.stringify(each)
            const asked = isAgain ? wanted : wanted.filter((each) => !kept.has(nameOf(each)))
            const read = asked.length === 0 ? Effect.succeed([]) : links.resolveReferences(tenant, integration, asked)
            return Effect.map(read, (found) => {
              for (const each of asked) {
                const link = found.find((one) => namesOf(one).some((name) => isSame(name, each)))
                if (link !== undefined) kept.set(nameOf(each), link)
              }
              const all = [...wanted.flatMap((each) => kept.get(nameOf(each)) ?? []), ...found]
              return [...new Map(all.map((link) => [JSON.stringify([link.entity, link.key]), link])).values()]
            })
          })(new Map())`
    ),
    at(
      commit,
      "const moved = new Set([...locked.moved, ...lanes, ...references])",
      "const moved = new Set([...locked.moved, ...lanes])"
    ),
    at(
      "packages/engine/src/Push.ts",
      "(wanted) => PairLinks.resolveIn(transaction, pair.key.integration, wanted),",
      `(wanted) => Effect.map(PairLinks.resolveIn(transaction, pair.key.integration, wanted), (found) =>
          found.map((link) => {
            const kept = (globalThis.keptLinks ??= new Map())
            const name = JSON.stringify([transaction.nowMs > 0 && pair.key.tenant, link.entity, link.key, side])
            if (!kept.has(name) && link.sourceId !== null && link.targetId !== null) kept.set(name, link)
            return kept.get(name) ?? link
          })),`
    )
  ),
  mistake(
    "deletion-undone",
    "S0-3, I-6",
    "A record that is gone at one side is made there again, though nobody had changed it at the other.",
    at(
      "packages/core/src/Deletion.ts",
      "    const towards = deleteOf(policy, y, changedAt)\n",
      `    const again = { ...nothing, towardsX: createOf(policy, y, deletion.now, deletion.before, changedAt) }
    if (imageY !== null && mayCreate(policy, y)) return write(standing, again, "unchanged")
    const towards = deleteOf(policy, y, changedAt)\n`
    )
  ),
  mistake(
    "no-sweep",
    "architecture: a sweep releases what was missed",
    "Nobody looks for records whose wake-up was lost.",
    at("packages/engine/src/Drive.ts", "(yield* waiting.sweep(driving.pair.key)) > 0 || isAny", "isAny")
  ),
  mistake(
    "woken-by-sweep",
    "architecture: settle looks for waiters",
    "Who waits for a record is not woken once it is at both sides, but by the next sweep.",
    at("packages/store/src/internal/LinkRows.ts", `? [{ k: key, r: "reference", s: "" }]`, "? []")
  ),
  mistake(
    "no-agreement",
    "S0-8, S2-B12",
    "A value that the other side has already is written there again.",
    at(
      "packages/core/src/FieldPlan.ts",
      "return isKnownAtY(field, policy.name) && field.isSame(seen, atY)",
      'return isKnownAtY(field, policy.name) && field.isSame(seen, atY) && policy.name === ""'
    ),
    at(
      "packages/core/src/FieldPlan.ts",
      "if (field.isSame(seen, pendingX.value)) return { ...kept(field), towardsX: null,",
      "if (field.isSame(seen, pendingX.value)) return { ...kept(field),"
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
    "woken-for-ever",
    "I-18",
    "Who was woken and has gone on is woken again.",
    at(
      "packages/engine/src/Take.ts",
      "const over = [...new Set([waitedAs, key])]",
      "const over = [...new Set([waitedAs, key])].slice(2)"
    )
  )
]
