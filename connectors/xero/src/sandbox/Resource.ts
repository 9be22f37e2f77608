/** What one kind of record can be asked to do. */
import type { Fields } from "@syncline/core"
import type { Result } from "effect"

/** A record as the books keep it: days as `2026-11-27`, and when it last changed. */
export interface Kept {
  readonly fields: Fields
  readonly updatedMs: number
}

/** The books as a request sees them. */
export interface View {
  readonly nowMs: number
  readonly find: (entity: string, id: string) => Fields | undefined
  readonly where: (entity: string, matches: (record: Fields) => boolean) => ReadonlyArray<Fields>
  readonly newId: () => string
  /** `INV-0001`. */
  readonly nextNumber: (prefix: string) => string
  readonly baseCurrency: string
}

/** A record as it is now to be, or what Xero complains of. */
export type Stored = Result.Result<Fields, ReadonlyArray<string>>

/** What a write also does to other records. */
export interface Effects {
  readonly also: ReadonlyArray<{ readonly entity: string; readonly fields: Fields }>
}

export interface Resource {
  readonly entity: string
  /** `Contacts`: the path, and the list's name in the envelope. */
  readonly plural: string
  readonly idField: string
  readonly scope: string
  readonly isPaged: boolean
  /** Takes `IDs`. */
  readonly hasIds: boolean
  /** As webhooks call it; null: there are none. */
  readonly category: string | null
  /** Left out of lists unless asked for. */
  readonly isArchived: (record: Fields) => boolean
  /** The record that a POST without an id means. */
  readonly natural: (given: Fields, view: View) => Fields | undefined
  readonly create: (given: Fields, view: View) => Stored
  readonly update: (given: Fields, record: Fields, view: View) => Stored
  /** Other records that change with it. */
  readonly effects: (before: Fields | undefined, after: Fields, view: View) => Effects["also"]
  /** DELETE; null: there is none. */
  readonly remove: ((record: Fields) => ReadonlyArray<string>) | null
  /** What a person's removal writes; null: the record is destroyed. */
  readonly removedAs: Fields | null
}

export const noEffects = (): Effects["also"] => []
