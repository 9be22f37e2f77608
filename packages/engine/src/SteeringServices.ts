/** What the store gives to the verbs that look at records and steer them. */
import type {
  Commit,
  Conflicts,
  Cursors,
  Executions,
  History,
  Lanes,
  Ledger,
  LinkCache,
  Links,
  Matches,
  PairLinks,
  Wakes
} from "@syncline/store"

export type SteeringServices =
  | Commit.Commit
  | Conflicts.Conflicts
  | Cursors.Cursors
  | Executions.Executions
  | History.History
  | Lanes.Lanes
  | Ledger.Ledger
  | Links.Links
  | Matches.Matches
  | LinkCache.LinkCache
  | PairLinks.PairLinks
  | Wakes.Wakes
