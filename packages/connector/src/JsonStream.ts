/**
 * The items of one list within a large JSON answer, as they come in: for providers that answer everything at once. No more than one
 * item and one chunk is held.
 */
import { Effect, Stream } from "effect"
import { ConnectorError, Transient } from "./ConnectorError.ts"

/** What was read so far: how deep we are, whether within a text, and the unfinished item. */
interface State {
  depth: number
  isText: boolean
  isEscaped: boolean
  /** The last complete text at the top level: the name of what follows. */
  name: string
  text: string
  /** Within the list, or done with it. */
  place: "before" | "within" | "after"
  item: string
}

/**
 * Fails with `Transient` when the answer ends before its list does, or an item is no JSON: a list that broke off is not a short one.
 */
export const elements = <R>(
  operation: string,
  bytes: Stream.Stream<Uint8Array, ConnectorError, R>,
  list: string
): Stream.Stream<unknown, ConnectorError, R> =>
  Stream.suspend(() => {
    const state: State = {
      depth: 0,
      isText: false,
      isEscaped: false,
      name: "",
      text: "",
      place: "before",
      item: ""
    }
    const broken = (detail: string) => new ConnectorError({ operation, reason: new Transient({ detail }) })
    const items = bytes.pipe(
      Stream.decodeText,
      Stream.mapEffect((chunk) =>
        Effect.try({
          try: () => take(state, chunk, list),
          catch: () => broken(`an item of "${list}" is no JSON`)
        })
      ),
      Stream.flatMap((found) => Stream.fromIterable(found))
    )
    const end = Stream.fromEffectDrain(
      Effect.suspend(() =>
        state.place === "after" ? Effect.void : Effect.fail(broken(`the answer ended before its list "${list}" did`))
      )
    )
    return Stream.concat(items, end)
  })

/** The items that a chunk completes. Depth 1 is the answer's object, depth 2 its list. */
const take = (state: State, chunk: string, list: string): ReadonlyArray<unknown> => {
  const found: Array<unknown> = []
  let from = 0
  const finish = (until: number): void => {
    const text = (state.item + chunk.slice(from, until)).trim()
    if (text !== "") found.push(JSON.parse(text))
    state.item = ""
    from = until + 1
  }
  for (let index = 0; index < chunk.length; index += 1) {
    const character = chunk.charAt(index)
    if (state.isText) {
      if (state.isEscaped) state.isEscaped = false
      else if (character === "\\") state.isEscaped = true
      else if (character === '"') {
        state.isText = false
        if (state.depth === 1) state.name = state.text
      }
      if (state.depth === 1 && state.isText) state.text += character
      continue
    }
    switch (character) {
      case '"':
        state.isText = true
        state.text = ""
        break
      case "{":
      case "[":
        state.depth += 1
        if (state.place === "before" && state.depth === 2 && character === "[" && state.name === list) {
          state.place = "within"
          from = index + 1
        }
        break
      case "}":
      case "]":
        state.depth -= 1
        if (state.place === "within" && state.depth === 1) {
          finish(index)
          state.place = "after"
        }
        break
      case ",":
        if (state.place === "within" && state.depth === 2) finish(index)
        break
    }
  }
  if (state.place === "within") state.item += chunk.slice(from)
  return found
}
