/**
 * A mistake that could be made, as changes of one place or two in the source. They are put in while a process loads its modules, so no
 * production code knows of them, and any place can be made wrong, the pure ones too. A place that is no longer there fails loudly.
 */

/** In the file that ends with `file`, `is`, which is there once, becomes `becomes`. */
export interface Change {
  readonly file: string
  readonly is: string
  readonly becomes: string
}

export interface Mistake {
  readonly name: string
  /** What is wrong, in one sentence. */
  readonly what: string
  /** Where it was seen, or what answers it: a line of the list of promises, a sentence of the architecture. */
  readonly from: string
  readonly changes: ReadonlyArray<Change>
}

export const mistake = (name: string, from: string, what: string, ...changes: ReadonlyArray<Change>): Mistake => ({
  name,
  from,
  what,
  changes
})

export const at = (file: string, is: string, becomes: string): Change => ({ file, is, becomes })

/** A source with the mistakes in it that it has a place for; throws where a place is not there exactly once. */
export const applied = (url: string, source: string, mistakes: ReadonlyArray<Mistake>): string =>
  mistakes
    .flatMap(({ changes, name }) => changes.map((change) => ({ ...change, name })))
    .filter(({ file }) => url.endsWith(file))
    .reduce((text, { becomes, is, name }) => {
      const [before, after, ...more] = text.split(is)
      if (before === undefined || after === undefined || more.length > 0)
        throw new Error(
          `mistake "${name}" finds its place ${text.split(is).length - 1} times in ${url}: mend it in Mistakes.ts`
        )
      return before + becomes + after
    }, source)
