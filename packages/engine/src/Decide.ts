/** Decides on what a page showed, a batch at a time: one query for the links, then nothing but computing. */
import { Decision, type Fields, Fingerprint, Link, type RecordId, type RecordKey } from "@syncline/core"
import type { Batch, LinkRead, RecordFailure } from "@syncline/store"
import { Result } from "effect"
import { lift, type Pair, versionOf } from "./Pair.ts"
import * as Quarantine from "./Quarantine.ts"
import type { Sight } from "./Sight.ts"
import type { Decided } from "./Write.ts"

export interface Decisions {
  readonly decided: ReadonlyArray<Decided>
  /** Ids whose record is as it was, or was never ours. */
  readonly skipped: ReadonlyArray<RecordKey>
  readonly failures: ReadonlyArray<RecordFailure>
  /** Every link that a decision relies on, or on whose absence it relies. */
  readonly reads: Batch["reads"]
}

/** One decision per record seen, against the links as they were read. Pure. */
export const decide = (
  pair: Pair,
  sights: ReadonlyMap<RecordId, Sight>,
  observedAtMs: number,
  links: ReadonlyMap<RecordKey, LinkRead>
): Decisions => {
  const decided: Array<Decided> = []
  const skipped: Array<RecordKey> = []
  const failures: Array<RecordFailure> = []
  const reads: Array<Batch["reads"][number]> = []
  for (const [sourceId, seen] of sights) {
    const key = Link.keyOf("source", sourceId)
    if (seen._tag === "Unreadable") {
      failures.push(Quarantine.unreadable(key, seen.why, seen.payload))
      continue
    }
    const lifted = seen._tag === "Present" ? lift(pair, seen.record) : Result.succeed(nothing)
    if (Result.isFailure(lifted)) {
      failures.push(Quarantine.unmappable(key, lifted.failure.message, seen._tag === "Present" ? seen.record : nothing))
      continue
    }
    const record = lifted.success
    const link = links.get(key) ?? null
    const fingerprint = seen._tag === "Present" ? Fingerprint.of(record) : null
    const decision = Decision.decide({
      fingerprint,
      link: link === null ? null : { ...link, targetId: sourceId },
      observedAtMs
    })
    if (decision._tag === "Skip") {
      skipped.push(key)
      continue
    }
    reads.push({ key, version: link?.version ?? null })
    decided.push({
      operation: operations[decision._tag],
      key,
      sourceId,
      link,
      record,
      fingerprint: fingerprint ?? link?.sourceFingerprint ?? ofNothing,
      sourceVersion: seen._tag === "Present" ? versionOf(pair.source, seen.record) : null,
      observedAtMs
    })
  }
  return { decided, skipped, failures, reads }
}

const nothing: Fields = {}
const ofNothing = Fingerprint.of(nothing)

/** A record that came back is created again: the target's create also undeletes. */
const operations = { Create: "create", Restore: "create", Update: "update", Delete: "delete" } as const
