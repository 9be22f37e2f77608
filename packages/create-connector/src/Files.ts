/** What a new connector consists of: the template's files, with the connector's name in them. Pure. */

/** Texts by their path below the new folder. */
export type Files = Readonly<Record<string, string>>

/** A name that is also a package's and an identifier's. */
const isName = (name: string): boolean => /^[a-z][a-z0-9]*$/.test(name)

/**
 * The files of connector `name`. `versions` are the version ranges of the packages that it needs, by package.
 *
 * The template is the connector "acme". Answers null for a name that a package cannot have.
 */
export const files = (template: Files, name: string, versions: Readonly<Record<string, string>>): Files | null => {
  if (!isName(name)) return null
  const title = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
  return Object.fromEntries(
    Object.entries(template).map(([path, text]) => [
      path.replaceAll("Acme", title).replaceAll("acme", name),
      text
        .replaceAll("Acme", title)
        .replaceAll("acme", name)
        .replaceAll(/"version of ([\w@/-]+)"/g, (_, dependency: string) => `"${versions[dependency] ?? "*"}"`)
    ])
  )
}
