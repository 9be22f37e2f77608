/** The steering verbs for a registry. */
import type { TenantId } from "@syncline/core"
import type { SqlError } from "@syncline/store"
import { Effect } from "effect"
import * as ConflictQueue from "./ConflictQueue.ts"
import * as DeadLetterGroup from "./DeadLetterGroup.ts"
import * as DeadLetterQueue from "./DeadLetterQueue.ts"
import type { EngineError } from "./EngineError.ts"
import * as ExplainRecord from "./ExplainRecord.ts"
import * as HeldDeletions from "./HeldDeletions.ts"
import * as MappingBrowser from "./MappingBrowser.ts"
import type { Registry } from "./Registry.ts"
import type { RunServices } from "./Run.ts"
import type * as Steering from "./Steering.ts"
import type { SteeringServices } from "./SteeringServices.ts"

/** The verbs for a registry; `provided` gives them the store. */
export const make = (
  registry: Registry,
  tenant: TenantId,
  provided: <A>(
    effect: Effect.Effect<A, EngineError | SqlError, SteeringServices | RunServices>
  ) => Effect.Effect<A, EngineError>
): Steering.Verbs => ({
  conflicts: {
    list: (scope) => provided(ConflictQueue.list(registry, tenant, scope)),
    get: (id) => provided(ConflictQueue.get(registry, tenant, id)),
    resolve: (id, resolution) => provided(ConflictQueue.resolve(registry, tenant, id, resolution))
  },
  mappings: {
    find: (record) => provided(MappingBrowser.find(registry, record)),
    link: (pair) => provided(MappingBrowser.link(registry, pair)),
    unlink: (record) => provided(MappingBrowser.unlink(registry, record)),
    review: (scope) => provided(MappingBrowser.review(registry, scope))
  },
  deadLetters: {
    groups: (scope) => provided(Effect.map(DeadLetterQueue.list(registry, tenant, scope), DeadLetterGroup.of)),
    list: (scope) => provided(DeadLetterQueue.list(registry, tenant, scope)),
    retry: (id, options = {}) => provided(DeadLetterQueue.retry(registry, tenant, id, options.values ?? {})),
    retryCause: (id) => provided(DeadLetterQueue.retryCause(registry, tenant, id)),
    discard: (id, givingUp) => provided(DeadLetterQueue.discard(registry, tenant, id, givingUp)),
    discarded: (scope) => provided(DeadLetterQueue.discarded(registry, tenant, scope))
  },
  deletes: {
    list: (scope) => provided(HeldDeletions.list(registry, tenant, scope)),
    approve: (name, decision) => provided(HeldDeletions.approve(registry, name, decision)),
    reject: (name, decision) => provided(HeldDeletions.reject(registry, name, decision))
  },
  explain: (record) => provided(ExplainRecord.explain(registry, tenant, record))
})
