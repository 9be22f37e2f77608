/**
 * Mistakes that could be made, put into the engine on purpose to see that the simulation notices. Each wraps what the production code is
 * given: the store's services, the connectors of the project, the statements on their way to the server. No production code knows of them.
 */
import type { Project } from "@syncline/engine"
import type { Store } from "@syncline/store"

/** The store's services, as an engine is built on them. */
export type StoreLayer = ReturnType<typeof Store.layerOn>

export interface Bug {
  readonly name: string
  /** What is wrong, in one sentence. */
  readonly what: string
  readonly store?: (layer: StoreLayer) => StoreLayer
  readonly project?: (project: Project) => Project
  /** A statement as the server gets it. */
  readonly sql?: (sql: string) => string
}

/** Several at once, for those that hide each other. */
export const together = (bugs: ReadonlyArray<Bug>): Bug => ({
  name: bugs.map(({ name }) => name).join("+"),
  what: bugs.map(({ what }) => what).join("; "),
  store: (layer) => bugs.reduce((wrapped, bug) => bug.store?.(wrapped) ?? wrapped, layer),
  project: (project) => bugs.reduce((wrapped, bug) => bug.project?.(wrapped) ?? wrapped, project),
  sql: (sql) => bugs.reduce((wrapped, bug) => bug.sql?.(wrapped) ?? wrapped, sql)
})

export const none: Bug = together([])
