/** The Admin API: one path, one call. https://shopify.dev/docs/api/admin-graphql */
import { GraphQl, type Http } from "@syncline/connector"
import type { ConnectorError } from "@syncline/connector"
import type { Effect } from "effect"

/** A version lives for a year; records' shapes change with it. https://shopify.dev/docs/api/usage/versioning */
export const apiVersion = "2026-10"

export const path = `/admin/api/${apiVersion}/graphql.json`

export const send: <A>(request: GraphQl.Request<A>) => Effect.Effect<A, ConnectorError, Http> = GraphQl.send(path)

/** The most points that one query may cost, whatever the plan; dearer ones are refused. https://shopify.dev/docs/api/usage/rate-limits */
const mostPoints = 1000

/** The most nodes of a page and of `nodes(ids)`. https://shopify.dev/docs/api/usage/limits */
const mostNodes = 250

/** How many nodes of this cost, themselves included, one query may ask for. */
export const fitting = (cost: number): number => Math.min(mostNodes, Math.floor((mostPoints - 10) / cost))
