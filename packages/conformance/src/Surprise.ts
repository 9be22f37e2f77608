/** A provider's answer in which some records are not as the connector knows them. */
import { Wire } from "@syncline/connector/sandbox"

type Json = Readonly<Record<string, unknown>>

/** The same answer with these records changed, wherever they are in it. A file of lines is one answer per line. */
export const changed = (
  reply: Wire.Reply,
  idField: string,
  ids: ReadonlySet<string>,
  change: (record: Json) => Json
): Wire.Reply => {
  const text = Wire.text(reply)
  if (text === "" || reply.status >= 300) return reply
  const revive = (_: string, value: unknown): unknown =>
    isRecord(value) && ids.has(String(value[idField])) ? change(value) : value
  const within = (json: string) => (json === "" ? "" : JSON.stringify(JSON.parse(json, revive)))
  // A file is read by its bytes, so no line may become shorter.
  const line = (json: string) => within(json) + " ".repeat(Math.max(0, size(json) - size(within(json))))
  return { ...reply, body: isLines(text) ? text.split("\n").map(line).join("\n") : within(text) }
}

const size = (text: string): number => new TextEncoder().encode(text).length

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const isLines = (text: string): boolean => text.startsWith("{") && text.trimEnd().includes("}\n{")

/** What a provider may come to send of one record: nothing where there was always something, and words that are new. */
export const surprises = (idField: string): Readonly<Record<string, (record: Json) => Json>> => {
  const each =
    (value: (before: unknown) => unknown) =>
    (record: Json): Json =>
      Object.fromEntries(
        Object.entries(record).map(([name, before]) => [name, name === idField ? before : value(before)])
      )
  return {
    "nulls where none were": each(() => null),
    "words that are new": each((before) => renamed(before)),
    "a list where there was an object": each((before) => (isRecord(before) ? [before] : before)),
    "text where there was a number": each((before) => (typeof before === "number" ? "many" : before))
  }
}

const renamed = (value: unknown): unknown =>
  typeof value === "string" ? "A_WORD_OF_TOMORROW" : isRecord(value) ? mapped(value) : value

const mapped = (record: Json): Json =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, renamed(value)]))
