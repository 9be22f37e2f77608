/** Another address than a provider's own, in a connector's configuration: a sandbox, a proxy. */
import { Effect, Schema } from "effect"

/** Whether an address leads to this machine, so that nobody in between can read what is sent. */
export const isLoopback = (address: string): boolean => {
  const url = URL.parse(address)
  return url !== null && /^https?:$/.test(url.protocol) && /^(localhost|\[::1\]|127(\.\d+){3})$/.test(url.hostname)
}

const Address = Schema.String.check(
  Schema.makeFilter((address: string) => URL.parse(address)?.protocol === "https:" || isLoopback(address), {
    expected: "an https address, or http on this machine for a sandbox"
  })
)

/** The provider's own unless the configuration has another. */
export const orElse = (own: string) => Address.pipe(Schema.withDecodingDefaultKey(Effect.succeed(own)))
