/**
 * Loaded before everything else of a process (`--import`): puts the mistakes that `SYNCLINE_MISTAKES` names into the sources as they are
 * loaded.
 */
import { registerHooks } from "node:module"
import { env } from "node:process"
import { applied } from "./Mistake.ts"
import { named } from "./Mistakes.ts"

const names = env["SYNCLINE_MISTAKES"] ?? ""
const mistakes = names === "" ? [] : named(names)
if (mistakes === null) throw new Error(`SYNCLINE_MISTAKES is "${names}": not all of these are in Mistakes.ts`)

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (!mistakes.some(({ changes }) => changes.some(({ file }) => url.endsWith(file)))) return loaded
    const source = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source)
    return { ...loaded, source: applied(url, source, mistakes) }
  }
})
