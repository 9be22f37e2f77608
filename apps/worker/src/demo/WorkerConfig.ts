/** The configuration that the demo's worker loads, as it is a process of its own: the demo, entered by the environment. */
import { secret } from "@syncline/engine"
import * as DemoProject from "./DemoProject.ts"

const variables = (account: string) => ({
  apiKey: `SYNCLINE_DEMO_${account}_KEY`,
  baseUrl: `SYNCLINE_DEMO_${account}_URL`,
  signedWith: `SYNCLINE_DEMO_${account}_SIGNED_WITH`
})

const accounts = { stripe: variables("STRIPE"), shop: variables("SHOP") }

/** An account as the environment of that process names it. */
export const environmentOf = (
  account: keyof typeof accounts,
  { apiKey, baseUrl, signedWith }: { readonly apiKey: string; readonly baseUrl: string; readonly signedWith: string }
): Readonly<Record<string, string>> => ({
  [accounts[account].apiKey]: apiKey,
  [accounts[account].baseUrl]: baseUrl,
  [accounts[account].signedWith]: signedWith
})

const entrance = ({ apiKey, baseUrl, signedWith }: ReturnType<typeof variables>): DemoProject.Entrance => ({
  apiKey: secret(apiKey),
  baseUrl: secret(baseUrl),
  webhookSecrets: [secret(signedWith)]
})

export default DemoProject.of(entrance(accounts.stripe), entrance(accounts.shop))
