import type { Element } from "./Elements.ts"

/** Seeds that once found a mistake in the engine, or in the simulation itself. They are played again in every test run. */
export interface Found {
  readonly seed: number
  /** Found while all histories were long. */
  readonly isLong: boolean
  /** Elements that it was found with. */
  readonly elements?: ReadonlyArray<Element>
  /** The state of engine and world that first plays it without a broken promise. Another world is another history. */
  readonly since: string
  readonly what: string
}

const since = "the world in which more goes wrong"

export const corpus: ReadonlyArray<Found> = [
  {
    seed: 16,
    isLong: true,
    since,
    what: "who waited for a record that had been made here, and was not linked yet, was not woken"
  },
  { seed: 17, isLong: true, since, what: "an edit that a page showed while it might be old was not looked at again" },
  {
    seed: 19,
    isLong: true,
    since,
    what: "what a user had changed before a create in doubt was found was taken for what was created"
  },
  {
    seed: 23,
    isLong: true,
    since,
    what: "a deletion told again by its former id deleted the record that was made again"
  },
  {
    seed: 35,
    isLong: true,
    since,
    what: "a create in doubt that could not be sent again let what it had made pass for a new record"
  },
  {
    seed: 18,
    isLong: true,
    since: "small histories",
    what: "what a provider had tidied of a create that was found late won over an edit at the other side"
  },
  {
    seed: 502,
    isLong: false,
    elements: ["poison"],
    since: "histories with a refused record",
    what: "what was tried again after it had been refused was sent under the key of the refusal"
  },
  {
    seed: 86,
    isLong: false,
    since: "histories with two crashes each",
    what: "a change that was put back while its write was under way was written as what was there already"
  },
  {
    seed: 16,
    isLong: false,
    elements: ["cancel"],
    since: "histories with a person who cancels",
    what: "a write that could not be decided anew was sent twelve times in a run, and refused"
  },
  {
    seed: 166,
    isLong: false,
    since: "histories that wait for who stands still",
    what: "a create was sent by a process that had stood still, when it had been looked for and was being made by another"
  },
  {
    seed: 2207,
    isLong: false,
    elements: ["tokens"],
    since: "histories that wait for who stands still",
    what: "what was left of a write whose answer was lost counted as a change that somebody had made there"
  },
  {
    seed: 368,
    isLong: false,
    since: "histories that wait for who stands still",
    what: "that a record was gone was forgotten while a create was in doubt that had made it"
  },
  {
    seed: 996,
    isLong: false,
    since: "looks that count once they are heard",
    what: "what a provider had tidied of a create contested an edit at the other side"
  },
  {
    seed: 1914,
    isLong: false,
    since: "looks that count once they are heard",
    what: "what a provider had tidied of a write whose answer was lost passed for an edit"
  },
  {
    seed: 2536,
    isLong: false,
    since: "looks that count once they are heard",
    what: "what a provider had tidied of a create kept a record that the other side had deleted"
  },
  {
    seed: 2252,
    isLong: false,
    since: "looks that count once they are heard",
    what: "a withheld reference was held by a key that its record never had"
  },
  {
    seed: 3006,
    isLong: false,
    since: "looks that count once they are heard",
    what: "who referred to an id that its record has no more waited for ever"
  },
  {
    seed: 2502,
    isLong: false,
    since: "looks that count once they are heard",
    what: "a record that was gone and still in an index was taken for the one to be made"
  },
  {
    seed: 3853,
    isLong: false,
    since: "looks that count once they are heard",
    what: "an old page showed a record by its former id, and it was made once more at the other side"
  },
  {
    seed: 5143,
    isLong: false,
    since: "looks that count once they are heard",
    what: "what a provider had tidied of a write whose answer was lost passed for an edit once the write had been replaced"
  },
  {
    seed: 44,
    isLong: false,
    elements: ["worker"],
    since: "histories with workers",
    what: "a worker that had been taken for dead went on calling in its former turn, and took a driver again before it had ended"
  },
  {
    seed: 6840,
    isLong: false,
    since: "looks that count once they are heard",
    what: "a record that moved while its side was listed for the first match was not matched, and was made twice"
  },
  {
    seed: 2951,
    isLong: false,
    since: "looks that count once they are heard",
    what: "an update that was made and undone was sent again under its key, and not made"
  },
  {
    seed: 377,
    isLong: false,
    since: "looks that count once they are heard",
    what: "what the source had when it was matched was in no history"
  }
]

/** So many seeds, from 1 on, were played without a broken promise, and are played in every test run as far as there is time. */
export const playedSeeds = 300
