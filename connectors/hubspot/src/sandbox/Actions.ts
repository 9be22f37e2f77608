/** Everything that changes an account, with what is told of it: the same whether a person or the API does it. */
import { Effect, Result } from "effect"
import type { Shape } from "../Kind.ts"
import type { Belonging } from "./Belonging.ts"
import type { Crm, Kept, Written } from "./Crm.ts"
import type { Values } from "./Rules.ts"
import type { Event, Tell } from "./Subscription.ts"

export interface Actions {
  readonly create: (shape: Shape, given: Values, nowMs: number, isStrict: boolean) => Effect.Effect<Written>
  readonly update: (shape: Shape, id: string, given: Values, nowMs: number) => Effect.Effect<Written>
  readonly archive: (shape: Shape, id: string, nowMs: number) => Effect.Effect<Kept | undefined>
  readonly merge: (shape: Shape, winner: string, loser: string, nowMs: number) => Effect.Effect<Kept | undefined>
  readonly belong: (from: Shape, id: string, to: Shape, other: string, typeId: number) => Effect.Effect<boolean>
  readonly part: (from: Shape, id: string, to: Shape, other: string) => Effect.Effect<void>
}

export const make = (crm: Crm, belonging: Belonging, tell: Tell): Actions => {
  const told = (shape: Shape, verb: string, id: string, more: object = {}): Event => ({
    subscriptionType: `${shape.entity}.${verb}`,
    objectId: Number(id),
    ...more
  })
  const between = (from: Shape, id: string, to: Shape, other: string, isRemoved: boolean): ReadonlyArray<Event> =>
    [[from, id, to, other] as const, [to, other, from, id] as const].map(([one, oneId, two, twoId]) => ({
      subscriptionType: `${one.entity}.associationChange`,
      associationType: `${one.entity}_TO_${two.entity}`.toUpperCase(),
      fromObjectId: Number(oneId),
      toObjectId: Number(twoId),
      associationRemoved: isRemoved
    }))
  const succeeded = (written: Written, events: (kept: Kept) => ReadonlyArray<Event>): Effect.Effect<Written> =>
    Effect.as(Result.isSuccess(written) ? tell(events(written.success)) : Effect.void, written)

  return {
    create: (shape, given, nowMs, isStrict) =>
      Effect.suspend(() =>
        succeeded(crm.create(shape, given, nowMs, isStrict), ({ id }) => [told(shape, "creation", id)])
      ),
    update: (shape, id, given, nowMs) =>
      Effect.suspend(() => {
        const before = crm.get(shape, id)?.properties ?? {}
        return succeeded(crm.update(shape, id, given, nowMs), (kept) =>
          Object.keys(given)
            .filter((name) => (before[name] ?? "") !== (kept.properties[name] ?? ""))
            .map((propertyName) =>
              told(shape, "propertyChange", kept.id, {
                propertyName,
                propertyValue: kept.properties[propertyName] ?? ""
              })
            )
        )
      }),
    archive: (shape, id, nowMs) =>
      Effect.suspend(() => {
        const gone = crm.archive(shape, id, nowMs)
        return Effect.as(gone === undefined ? Effect.void : tell([told(shape, "deletion", id)]), gone)
      }),
    merge: (shape, winner, loser, nowMs) =>
      Effect.suspend(() => {
        const kept = crm.merge(shape, winner, loser, nowMs)
        if (kept === undefined) return Effect.succeed(kept)
        const event = told(shape, "merge", winner, {
          primaryObjectId: Number(winner),
          mergedObjectIds: [Number(loser)],
          newObjectId: Number(winner),
          numberOfPropertiesMoved: 0
        })
        return Effect.as(tell([event]), kept)
      }),
    belong: (from, id, to, other, typeId) =>
      Effect.suspend(() => {
        const [one, two] = [crm.get(from, id), crm.get(to, other)]
        if (one === undefined || two === undefined) return Effect.succeed(false)
        belonging.add(from.type, one.id, to.type, two.id, typeId)
        return Effect.as(tell(between(from, one.id, to, two.id, false)), true)
      }),
    part: (from, id, to, other) =>
      Effect.suspend(() => {
        belonging.drop(from.type, id, to.type, other)
        return tell(between(from, id, to, other, true))
      })
  }
}
