/** A record's fields as columns: what a table needs to know to hold it. */

export interface Column {
  readonly name: string
  /** `json` holds objects, arrays and whatever has more than one kind. */
  readonly kind: "text" | "integer" | "number" | "boolean" | "json"
  readonly isNullable: boolean
}
