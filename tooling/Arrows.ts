/**
 * The rules of the house that no compiler holds: which package may import which, what a file may be called, and that no SQL
 * asks the database for time or chance. Rules are data; `violations` judges sources by them and reads nothing itself.
 */
import { dirname, join } from "node:path"

/** One package of the workspace. Folders are relative to the repository, with `/` between names. */
export interface Package {
  readonly folder: string
  readonly name: string
  /** Names in `dependencies` and `peerDependencies`. */
  readonly runtime: ReadonlyArray<string>
  /** Names in `devDependencies`: what tests may import besides. */
  readonly development: ReadonlyArray<string>
}

export interface Source {
  readonly path: string
  readonly text: string
}

interface Rule {
  /** Our packages that the sources may import, by folder; `connectors/*` stands for each of them. */
  readonly ours: ReadonlyArray<string>
  /** Others' packages that the sources may import; absent: any that package.json names. */
  readonly others?: ReadonlyArray<string>
  /** Others' packages that a sandbox may import besides. */
  readonly othersInSandbox?: ReadonlyArray<string>
  /** Modules of Node that the sources outside `sandbox/` may import; absent: any. */
  readonly node?: ReadonlyArray<string>
}

/** Every arrow points towards `core`. A package that is not named here has no place in the house yet. */
export const rules: Readonly<Record<string, Rule>> = {
  // Hashing is a pure function; nothing else of Node is.
  "packages/core": { ours: [], others: ["effect"], node: ["node:crypto"] },
  "packages/connector": { ours: ["packages/core"], others: ["effect"] },
  "packages/store": { ours: ["packages/core"] },
  "packages/engine": { ours: ["packages/core", "packages/connector", "packages/store"], others: ["effect"] },
  "packages/create-connector": { ours: [], others: [] },
  "packages/conformance": {
    ours: ["packages/core", "packages/connector", "packages/store", "packages/engine"],
    others: ["effect", "vitest"]
  },
  "connectors/*": {
    ours: ["packages/core", "packages/connector"],
    others: ["effect"],
    // A provider that speaks GraphQL is stood in for by the executor that everybody uses.
    othersInSandbox: ["graphql"],
    node: ["node:crypto"]
  },
  "packages/simulation": {
    ours: ["packages/core", "packages/connector", "packages/store", "packages/engine", "connectors/*"]
  },
  "apps/worker": {
    ours: ["packages/core", "packages/connector", "packages/store", "packages/engine", "connectors/*"]
  }
}

/** Parts of Effect that may change in a minor release; each package touches one of them in a single file. */
const stableSubpaths = new Set(["effect/testing"])

/** Words that say nothing, alone or as part of a name; `Types.ts` says nothing alone, `ColumnType.ts` does. */
const vagueWords = /^(?:util|helper|common|misc|shared|manager|impl|stuff)s?$/i
const vagueNames = /^types?$/i

/** The files whose work is to ask a database what time it is: our clock, and triggers that run in an application's own transactions. */
const clockFiles: ReadonlySet<string> = new Set([
  "packages/store/src/StoreClock.ts",
  "connectors/postgres/src/CaptureSql.ts"
])
const databaseDecides =
  /\b(?:now|(?<!\.)random|gen_random_uuid|uuid_generate_v\d|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|\b(?:current_timestamp|current_date|current_time|localtimestamp)\b/i

const suppression = /(?:oxlint|eslint)-disable|@ts-(?:ignore|nocheck)|prettier-ignore|knip-ignore/

export const violations = (packages: ReadonlyArray<Package>, sources: ReadonlyArray<Source>): ReadonlyArray<string> => [
  ...packages.flatMap((self) => manifestViolations(self, packages)),
  ...sources.flatMap((source) => [
    ...nameViolations(source),
    ...textViolations(source),
    ...importViolations(source, packages)
  ]),
  ...spreadOfUnstable(sources)
]

const ruleOf = (folder: string): Rule | undefined => rules[folder] ?? rules[`${dirname(folder)}/*`]

const isOurs = (target: Package, rule: Rule): boolean =>
  rule.ours.some((allowed) => allowed === target.folder || allowed === `${dirname(target.folder)}/*`)

const manifestViolations = (self: Package, packages: ReadonlyArray<Package>): ReadonlyArray<string> => {
  const rule = ruleOf(self.folder)
  if (rule === undefined) return [`${self.folder} has no rule in tooling/Arrows.ts: say there what it may import`]
  return packages
    .filter((target) => self.runtime.includes(target.name) && !isOurs(target, rule))
    .map((target) => `${self.folder}/package.json depends on ${target.folder}: no arrow goes there`)
}

const importViolations = ({ path, text }: Source, packages: ReadonlyArray<Package>): ReadonlyArray<string> => {
  const self = packages.find(({ folder }) => path.startsWith(`${folder}/`))
  const rule = self === undefined ? undefined : ruleOf(self.folder)
  if (self === undefined || rule === undefined || !path.endsWith(".ts")) return []
  return importsOf(text).flatMap((specifier) => {
    const why = isTest(path) ? refusalInTest(specifier, self, path) : refusal(specifier, { self, rule, path, packages })
    return why === null ? [] : [`${path} imports "${specifier}": ${why}`]
  })
}

interface Place {
  readonly self: Package
  readonly rule: Rule
  readonly path: string
  readonly packages: ReadonlyArray<Package>
}

const refusal = (specifier: string, { packages, path, rule, self }: Place): string | null => {
  if (specifier.startsWith(".")) return isInside(specifier, path, `${self.folder}/src`) ? null : "it leaves the package"
  if (specifier.startsWith("node:")) {
    const isAllowed = rule.node === undefined || path.includes("/sandbox/") || rule.node.includes(specifier)
    return isAllowed ? null : "this package does no input or output of its own"
  }
  const name = packageOf(specifier)
  if (name === self.name) return null
  const target = packages.find((candidate) => candidate.name === name)
  if (target !== undefined && !isOurs(target, rule)) return `no arrow goes from ${self.folder} to ${target.folder}`
  const others = [...(rule.others ?? []), ...(path.includes("/sandbox/") ? (rule.othersInSandbox ?? []) : [])]
  if (target === undefined && rule.others !== undefined && !others.includes(name)) {
    return `of others' packages this one imports only ${others.join(", ")}`
  }
  return self.runtime.includes(name) ? null : "package.json does not name it as a dependency"
}

/** Tests may import whatever package.json names, and the test database of the tooling folder. */
const refusalInTest = (specifier: string, self: Package, path: string): string | null => {
  if (specifier.startsWith("node:")) return null
  if (specifier.startsWith(".")) {
    return isInside(specifier, path, self.folder) || isInside(specifier, path, "tooling")
      ? null
      : "it leaves the package"
  }
  const name = packageOf(specifier)
  const isNamed = name === self.name || self.runtime.includes(name) || self.development.includes(name)
  return isNamed ? null : "package.json does not name it"
}

const isInside = (specifier: string, path: string, folder: string): boolean =>
  join(dirname(path), specifier).startsWith(`${folder}/`)

const isTest = (path: string): boolean => path.endsWith(".test.ts") || path.includes("/test/")

/** `@scope/name/sub` is of package `@scope/name`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

/** Import specifiers of a module, those in comments left out. */
export const importsOf = (text: string): ReadonlyArray<string> =>
  [...withoutComments(text).matchAll(/\b(?:from\s*|import\s*\(?\s*)"([\w@.:/-]+)"/g)].flatMap(
    ([, specifier]) => specifier ?? []
  )

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1")

const nameViolations = ({ path }: Source): ReadonlyArray<string> => {
  const file = path.split("/").at(-1) ?? ""
  const name = file.replace(/\.(?:test\.)?\w+$/, "")
  const folders = path.split("/").slice(2, -1)
  const vague = [...folders, name].flatMap((part) => part.split(/[.-]|(?=[A-Z])/)).find((word) => vagueWords.test(word))
  const named = vague ?? (vagueNames.test(name) ? name : undefined)
  return [
    ...(named === undefined ? [] : [`${path} is named by "${named}": name the one concept that it holds`]),
    ...(/^(?:[A-Z]\w*|index|main)$/.test(name) || !file.endsWith(".ts")
      ? []
      : [`${path}: files are concepts in PascalCase, such as Fingerprint.ts`])
  ]
}

const textViolations = ({ path, text }: Source): ReadonlyArray<string> => {
  const asked = isTest(path) || clockFiles.has(path) ? null : databaseDecides.exec(withoutComments(text))
  const silenced = suppression.exec(text)
  return [
    ...(asked === null
      ? []
      : [`${path} says ${asked[0]}: pass time and chance as parameters, from StoreClock and Random`]),
    ...(silenced === null ? [] : [`${path} has ${silenced[0]}: mend the cause instead`])
  ]
}

/** Which part of a package a file belongs to: a sandbox is an entry point of its own. */
const partOf = (path: string): string => {
  const [kind = "", name = ""] = path.split("/")
  return `${kind}/${name}${path.includes("/sandbox/") ? "/sandbox" : ""}`
}

const spreadOfUnstable = (sources: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const uses = sources
    .filter(({ path }) => path.endsWith(".ts") && !isTest(path))
    .flatMap(({ path, text }) => importsOf(text).map((specifier) => ({ part: partOf(path), path, specifier })))
    .filter(({ specifier }) => specifier.startsWith("effect/") && !stableSubpaths.has(specifier))
  const pathsByUse = Map.groupBy(uses, ({ part, specifier }) => `${part} ${specifier}`)
  return [...pathsByUse].flatMap(([use, found]) => {
    const paths = [...new Set(found.map(({ path }) => path))]
    const [part, specifier] = use.split(" ")
    return paths.length < 2
      ? []
      : [`${part} imports "${specifier}", which is not stable, in ${paths.join(" and ")}: keep it to one file`]
  })
}
