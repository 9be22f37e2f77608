/** What the packages below have to say beside a command's own words, such as a right that is missing: a line each on standard error. */
import { Effect, Layer, Logger } from "effect"
import { Shell } from "./Shell.ts"

const told = (message: unknown): string => (Array.isArray(message) ? message : [message]).map(String).join(" ")

export const layer: Layer.Layer<never> = Layer.unwrap(
  Effect.map(Shell, ({ stderr }) =>
    Logger.layer([
      Logger.make(({ logLevel, message }) => void stderr.write(`${logLevel.toLowerCase()}: ${told(message)}\n`))
    ])
  )
)
