/** The key that a request carries, and how a provider may show it. */
import type { Request } from "./Wire.ts"

/** The token of `Bearer`, or the user of `Basic`; undefined when neither is there. */
export const key = ({ headers }: Request): string | undefined => {
  const [scheme, ...rest] = (headers["authorization"] ?? "").split(" ")
  const credentials = rest.join(" ").trim()
  if (credentials === "") return undefined
  switch (scheme?.toLowerCase()) {
    case "bearer":
      return credentials
    case "basic":
      return Buffer.from(credentials, "base64").toString("utf8").split(":")[0]
    default:
      return undefined
  }
}

/** A key with all but its kind and its last four characters hidden: `sk_test_****4242`. */
export const masked = (key: string): string => {
  const kind = /^[a-z]+_(?:live|test)_/.exec(key)?.[0] ?? ""
  const shown = key.length - kind.length > 8 ? 4 : 0
  return `${kind}${"*".repeat(key.length - kind.length - shown)}${shown === 0 ? "" : key.slice(-shown)}`
}
