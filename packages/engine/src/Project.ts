/** What a team declares: its connections, its integrations, its jobs and its policies. Plain data, checked when the engine loads it. */
import type { Connector, Http, Sql } from "@syncline/connector"
import type { FieldMapping, SyncJob } from "@syncline/core"

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
  /** As the connector's `config` schema describes it; secrets through `secret`. */
  readonly config: unknown
}

/** One type of record on each side that sync with each other. */
export interface EntityPair {
  readonly source: string
  readonly target: string
  /** Without rules the target mirrors the source's record as it is. */
  readonly mapping?: ReadonlyArray<FieldMapping.Rule>
}

/** Two connections, by their names, and the pairs that sync between them. */
export interface IntegrationDefinition {
  readonly source: string
  readonly target: string
  readonly entities: ReadonlyArray<EntityPair>
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
