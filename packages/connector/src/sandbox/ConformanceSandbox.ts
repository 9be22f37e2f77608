/** What a provider's stand-in offers to the conformance checks: fresh accounts, a person's hands, the truth, and scenes to play. */
import type { Fields, RecordId } from "@syncline/core"
import type { Effect, Scope } from "effect"
import type { Sql } from "../Remote.ts"
import type { Faults } from "./Faults.ts"
import type { Account } from "./Account.ts"
import type { OAuthServer } from "./OAuthServer.ts"
import type { Webhooks } from "./Webhooks.ts"
import type { Handler, Reply } from "./Wire.ts"

/** Something that a provider has, or why it has none: the checks that need it are skipped, and say these words. */
export type Offered<A> = A | { readonly none: string }

/** What an account is opened with. A stand-in says in `openings` which of them it can be. */
export interface Opening {
  /** How far the provider's clock is ahead of ours; negative: behind. */
  readonly skewMs?: number
  /** How long a change stays invisible in lists, searches and feeds. Reading by id is up to date. */
  readonly lagMs?: number
  /** The limits that the provider documents hold; otherwise there are none. */
  readonly isLimited?: boolean
  /** Records of the first entity that exist from the start. */
  readonly size?: number
  /** `config` names an app, by a person's consent to which the account is entered, instead of a key. */
  readonly byConsent?: boolean
}

/** An account of the stand-in, open. All of it reads time from Effect's Clock. */
export interface ConformanceAccount extends Pick<Account, "user" | "truth"> {
  /** A connection's `config` as a person writes it in a file, which this account accepts. */
  readonly config: Fields
  /** The provider's end of the wire, and what can go wrong on it; null: the provider is a database, reached by `Sql`. */
  readonly wire: { readonly handler: Handler; readonly faults: Faults } | null
  /** What the provider sends, asked for already and signed with a secret of `config`; null: it does not call back. */
  readonly webhooks: Webhooks | null
  /** Who gives and takes back tokens, where the account can be entered by consent; null: it cannot. */
  readonly authorization: OAuthServer | null
}

/** A record that the provider shows in a way of its own. */
export interface Fate {
  /** "a merged contact". */
  readonly what: string
  /** Makes the record, and lets it meet its fate. Answers its id. */
  readonly id: Effect.Effect<RecordId>
  /** What `get` says of it. */
  readonly seen: "Present" | "Gone" | "Merged"
}

export interface Family {
  readonly id: RecordId
  /** The record's list of children: `lines.data`. */
  readonly path: string
  readonly count: number
}

export interface Locked {
  readonly id: RecordId
  /** What is refused, and a word of the explanation. */
  readonly patch: Fields
  readonly says: string
}

/** What a provider does with one entity that others do not. Each is a scene that a check plays, or the reason why there is none. */
export interface Scenes<in Opened> {
  /** A record with more children (order lines, variants) than the provider sends at once. */
  readonly children: Offered<(account: Opened) => Effect.Effect<Family>>
  /** The most records that one listing or search of the provider can reach. */
  readonly cap: Offered<number>
  /** Values that are easily lost, each as a record's fields: numbers and amounts; times and dates; null, absent and empty. */
  readonly numbers: Offered<ReadonlyArray<Fields>>
  readonly times: Offered<ReadonlyArray<Fields>>
  readonly empty: Offered<ReadonlyArray<Fields>>
  /** Archived, merged and voided records. */
  readonly fates: Offered<(account: Opened) => ReadonlyArray<Fate>>
  /** Fields that a create is refused for, and the field that the complaint is about. */
  readonly invalid: Offered<{ readonly fields: Fields; readonly path: string }>
  /** Fields as they are sent, and what becomes of them: trimmed, rounded, in another case. */
  readonly normalised: Offered<{ readonly sent: Fields; readonly stored: Fields }>
  /** A record that its state protects from a change. */
  readonly locked: Offered<(account: Opened) => Effect.Effect<Locked>>
}

/** One entity, as a person fills it in. */
export interface EntitySandbox<in Opened> {
  /**
   * The fields of a new record: valid, different for each index, and writable where the entity can be written at all.
   * `referred` answers the id of a record of another entity, made beforehand.
   */
  record(index: number, referred: (entity: string) => RecordId): Fields
  /** A field of free text among them that is kept as it was written, up to so many characters. */
  readonly text: { readonly field: string; readonly longest: number }
  /** A person can delete such a record as `record` makes, and then it is gone; or why not. */
  readonly removable: Offered<true>
  /** Every edit shows among the changes; or which do not, so that only a comparison of both sides finds them. */
  readonly editsShow: Offered<true>
  readonly scenes: Scenes<Opened>
}

export interface ConformanceSandbox<in out Opened extends ConformanceAccount = ConformanceAccount> {
  /** A fresh account per scope. A provider that is a database opens in the one that `Sql` reaches, which the checks share. */
  readonly open: (opening: Opening) => Effect.Effect<Opened, never, Scope.Scope | Sql>
  readonly openings: { readonly [Name in keyof Opening]-?: Offered<true> }
  /** Every entity that the connector declares. Those whose records others refer to come first. */
  readonly entities: { readonly [name: string]: EntitySandbox<Opened> }
  /** How the provider refuses credentials that lack a permission, and the permission that our error must name. */
  readonly missingScope: Offered<{ readonly reply: Reply; readonly names: string }>
  /** How the provider says no under a status that says all is well, to a create. */
  readonly refusedInside200: Offered<Reply>
}

/** No scene at all; to be spread, and overridden one by one. */
export const noScenes = (none: string): Scenes<unknown> => ({
  children: { none },
  cap: { none },
  numbers: { none },
  times: { none },
  empty: { none },
  fates: { none },
  invalid: { none },
  normalised: { none },
  locked: { none }
})
