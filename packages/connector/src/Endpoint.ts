/** One call of a provider, as data: what the documentation, the allow-list and the conformance checks are made from. */

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

export interface Endpoint {
  readonly method: Method
  /** Below the connector's `baseUrl`; `{id}` stands for the record's id. */
  readonly path: string
}

/** A call that finds changed records. */
export interface ListEndpoint extends Endpoint {
  /** The field by which the provider filters "changed since"; null: only its own feed or full listings tell. */
  readonly deltaSyncField: string | null
  /** The most records of one page. */
  readonly pageSize: number
}

/** A call that writes the named fields. */
export interface WriteEndpoint extends Endpoint {
  readonly fields: ReadonlyArray<string>
}

/** Every call an entity makes. One that is absent is something this provider cannot do. */
export interface Endpoints {
  readonly list: ListEndpoint
  readonly get: Endpoint
  readonly changes?: Endpoint
  readonly create?: WriteEndpoint
  readonly update?: WriteEndpoint
  readonly delete?: Endpoint
  /** Named changes of state, such as `finalize` or `void`. */
  readonly commands?: Readonly<Record<string, Endpoint>>
}
