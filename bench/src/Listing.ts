/** Customers read as fast as their API can be: ranges of `created` side by side, each page parsed and nothing else. */

/** What to list, and how. Times are seconds since 1970. */
export interface Listing {
  readonly url: string
  readonly apiKey: string
  readonly from: number
  readonly to: number
  /** Ranges read side by side. */
  readonly ranges: number
}

export interface Customer {
  readonly [field: string]: string | number | boolean | object | null
  readonly id: string
}

interface Page {
  readonly data: ReadonlyArray<Customer>
  readonly has_more: boolean
}

/** Gives each page to `take`; the next page of the range is asked for when `take` is done with it. Answers how many pages there were. */
export const pages = async (
  listing: Listing,
  take: (customers: ReadonlyArray<Customer>) => Promise<void> | void
): Promise<number> => {
  const width = Math.ceil((listing.to - listing.from) / listing.ranges)
  const starts = Array.from({ length: listing.ranges }, (_, index) => listing.from + index * width)
  const counts = await Promise.all(starts.map((from) => range(listing, from, from + width, take)))
  return counts.reduce((sum, count) => sum + count, 0)
}

const range = async (
  { apiKey, url }: Listing,
  from: number,
  to: number,
  take: (customers: ReadonlyArray<Customer>) => Promise<void> | void
): Promise<number> => {
  const headers = { authorization: `Bearer ${apiKey}` }
  const first = `${url}/v1/customers?limit=100&created[gte]=${from}&created[lt]=${to}`
  let address = first
  for (let count = 1; ; count += 1) {
    const response = await fetch(address, { headers })
    if (!response.ok) throw new Error(`GET ${address} answered ${response.status}`)
    const page: Page = JSON.parse(await response.text())
    await take(page.data)
    const last = page.data.at(-1)
    if (!page.has_more || last === undefined) return count
    address = `${first}&starting_after=${last.id}`
  }
}
