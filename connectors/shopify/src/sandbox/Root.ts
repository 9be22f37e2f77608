/** The schema's root: everything that a document may ask. */
import { buildSchema, execute, GraphQLError, type GraphQLSchema, parse, validate } from "graphql"
import type { Fields } from "@syncline/core"
import type { Jobs } from "./Jobs.ts"
import * as Mutations from "./Mutations.ts"
import * as OrderMutations from "./OrderMutations.ts"
import * as ReadsOf from "./Reads.ts"
import { sdl } from "./Schema.ts"
import type { Shop } from "./Shop.ts"
import type { Topics } from "./Topics.ts"

export type Reads = ReturnType<typeof ReadsOf.make>

const own = buildSchema(sdl)

export interface Context {
  readonly shop: Shop
  readonly jobs: Jobs
  readonly topics: Topics
  readonly setting: ReadsOf.Setting
  readonly name: string
  readonly domain: string
  /** Another schema than our own: Shopify's, in a test. */
  readonly schema?: GraphQLSchema
}

/** What a document answers: `{ data, errors }`. Interfaces are told apart by `__typename`. */
export const answer = (
  { domain, jobs, name, schema = own, setting, shop, topics }: Context,
  document: string,
  variables: Fields
): { readonly data?: unknown; readonly errors?: ReadonlyArray<GraphQLError> } => {
  const reads = ReadsOf.make(shop, setting)
  const byId = (id: string) => jobs.find(id, setting.nowMs) ?? topics.find(id) ?? reads.find(id)
  const root = {
    shop: {
      __typename: "Shop",
      id: "gid://shopify/Shop/1",
      name,
      myshopifyDomain: domain,
      currencyCode: shop.currency
    },
    node: ({ id }: { readonly id: string }) => byId(id),
    nodes: ({ ids }: { readonly ids: ReadonlyArray<string> }) => ids.map(byId),
    customers: reads.list("Customer"),
    customer: ({ id }: { readonly id: string }) => reads.find(id),
    products: reads.list("Product"),
    product: ({ id }: { readonly id: string }) => reads.find(id),
    productVariants: reads.list("ProductVariant"),
    inventoryItems: reads.list("InventoryItem"),
    orders: reads.list("Order"),
    order: ({ id }: { readonly id: string }) => reads.find(id),
    companies: reads.list("Company"),
    events: reads.events,
    bulkOperation: ({ id }: { readonly id: string }) => jobs.find(id, setting.nowMs),
    bulkOperationRunQuery: ({ query }: { readonly query: string }) => jobs.run(query, setting.nowMs),
    webhookSubscriptions: () => ReadsOf.paginate({ ...setting, isBulk: true })(topics.all(), {}, ({ id }) => id),
    webhookSubscriptionCreate: topics.create,
    webhookSubscriptionDelete: topics.remove,
    ...Mutations.make(shop, reads, setting.nowMs),
    ...OrderMutations.make(shop, reads, setting.nowMs)
  }
  let parsed
  try {
    parsed = parse(document)
  } catch (cause) {
    return { errors: [cause instanceof GraphQLError ? cause : new GraphQLError("the document cannot be read")] }
  }
  const complaints = validate(schema, parsed)
  if (complaints.length > 0) return { errors: complaints }
  const result = execute({ schema, document: parsed, rootValue: root, variableValues: variables })
  return result instanceof Promise ? { errors: [new GraphQLError("a resolver is not synchronous")] } : result
}
