/** What a team declares: its connections, its integrations, its jobs and its policies. Plain data, checked when the engine loads it. */
import type { Connector, Http, Sql } from "@syncline/connector"
import type { Conflict, DependencyGraph, FieldMapping, SyncJob } from "@syncline/core"

/** Any connector. Its configuration is checked by its own schema, so here it is not known. */
export type AnyConnector = Connector<unknown, Http> | Connector<unknown, Sql>

/** The value of an environment variable, read when the configuration loads. It is never printed. */
export interface Secret {
  readonly _tag: "Secret"
  readonly variable: string
}

/** Stands in a connection's `config` for a value that must not be in the file: `apiKey: secret("STRIPE_API_KEY")`. */
export const secret = (variable: string): Secret => ({ _tag: "Secret", variable })

export interface ConnectionDefinition {
  readonly connector: AnyConnector
  /**
   * As the connector's `config` schema describes it; secrets through `secret`. What is kept for the connection by
   * `syncline connections add` takes the place of what is said here, so it may be left out.
   */
  readonly config?: unknown
}

/** Two fields, one a side, that tell at the first sync which records are one: `{ source: "email", target: "mail" }`. */
export interface MatchKey {
  readonly source: string
  readonly target: string
}

/** How records that both sides may change are kept the same. Said for an integration, for a pair, or for both. */
export interface Policies {
  /** Who wins a field that both sides changed; `last_write_wins` unless said; `latest_wins` is the same. A function is a resolver of your own. */
  readonly strategy?: Conflict.Strategy | "latest_wins"
  /** What settles the fields that `merge` cannot merge; `last_write_wins` unless said. */
  readonly mergeFallback?: Conflict.Strategy | "latest_wins"
  /** Of two changes at the same time, whose counts; "source" unless said. */
  readonly tie?: "source" | "manual"
  /** Allows `last_write_wins` for an entity that does not tell when it changed: the time it was first seen counts, marked as estimated. */
  readonly estimated?: boolean
  /** Whether a deletion on one side deletes (or archives) the record at the other; "propagate" unless said. */
  readonly deletes?: "propagate" | "ignore"
}

/** One type of record on each side that sync with each other. */
export interface EntityPair extends Policies {
  readonly source: string
  readonly target: string
  /** Without rules the target mirrors the source's record as it is, or both join by the vocabulary that their connectors share. */
  readonly mapping?: ReadonlyArray<FieldMapping.Rule>
  /** How records that exist on both sides before the first sync are paired. An empty list pairs none. */
  readonly match?: ReadonlyArray<MatchKey>
}

/** Two connections, by their names, and the pairs that sync between them. */
export interface IntegrationDefinition extends Policies {
  readonly source: string
  readonly target: string
  readonly entities: ReadonlyArray<EntityPair>
  /** What is otherwise about the order in which pairs are synced than the references of their records say. Pairs go by their source. */
  readonly dependencies?: DependencyGraph.Configuration
}

/** A job over one pair. Each pair without one has a job of its own, `<integration>/<source entity>`, with the defaults. */
export type JobDefinition = Omit<SyncJob.Declaration, "name">

export interface Project {
  readonly connections: Readonly<Record<string, ConnectionDefinition>>
  readonly integrations: Readonly<Record<string, IntegrationDefinition>>
  readonly jobs?: Readonly<Record<string, JobDefinition>>
}

/** Types a project where it is written. */
export const defineConfig = (project: Project): Project => project
