/** The process that plays Stripe. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { type Listing, pages } from "./Listing.ts"

/** Where one account is served. */
export interface Address {
  readonly url: string
  /** Every answer is so much later. */
  readonly latencyMs: number
}

export interface Account {
  readonly apiKey: string
  /** Between these seconds every customer was created. */
  readonly from: number
  readonly to: number
  readonly near: Address
  readonly far: Address
  /** Another account, of 100 customers. */
  readonly small: Address
  readonly stop: () => void
}

const program = fileURLToPath(new URL("children/Provider.ts", import.meta.url))

/** Starts the process and waits until it serves an account of exactly so many customers. */
export const open = async (customers: number, latencyMs: number): Promise<Account> => {
  const child = spawn(process.execPath, [program, String(customers), String(latencyMs)], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const stop = () => void child.kill()
  process.on("exit", stop)
  for await (const line of createInterface({ input: child.stdout })) return { ...JSON.parse(line), stop }
  throw new Error("the provider ended before it served anything")
}

export const listing = ({ apiKey, from, to }: Account, { url }: Address, ranges: number): Listing => ({
  apiKey,
  from,
  to,
  url,
  ranges
})

/** Reads everything twice, once to fill the provider's cache, and says how many pages a second one client gets. */
export const warm = async (account: Account): Promise<number> => {
  const everything = listing(account, account.near, 8)
  await pages(everything, () => {})
  const startedMs = performance.now()
  const count = await pages(everything, () => {})
  return count / ((performance.now() - startedMs) / 1000)
}

/** API calls that the address has answered so far. */
export const calls = async ({ url }: Address): Promise<number> => {
  const response = await fetch(`${url}/_sandbox/calls`)
  const byEndpoint: Readonly<Record<string, number>> = JSON.parse(await response.text())
  return Object.values(byEndpoint).reduce((sum, count) => sum + count, 0)
}
