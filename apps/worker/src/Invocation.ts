/** How the reader types our commands: in a clone of the repository, which runs the sources, or in a project of theirs. */

const isClone = import.meta.url.endsWith(".ts")

const program = isClone ? "npm run syncline --" : "npx syncline"

/** `npx syncline run billing` */
export const of = (...words: ReadonlyArray<string>): string => [program, ...words].join(" ")

/** What must be installed before a configuration can be loaded; nothing in a clone. */
export const installing: ReadonlyArray<string> = isClone
  ? []
  : ["npm install syncline @syncline/connector-stripe @syncline/connector-postgres"]
