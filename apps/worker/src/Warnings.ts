/** What the packages below have to say beside a command's own words, such as a right that is missing: a line each on standard error. */
import { type Layer, Logger } from "effect"

const told = (message: unknown): string => (Array.isArray(message) ? message : [message]).map(String).join(" ")

export const layer: Layer.Layer<never> = Logger.layer([
  Logger.make(({ logLevel, message }) => void process.stderr.write(`${logLevel.toLowerCase()}: ${told(message)}\n`))
])
