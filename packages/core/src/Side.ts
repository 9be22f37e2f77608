/** The two ends of an integration. Which is which is the integration's choice and says nothing about who wins. */
import { Schema } from "effect"

export const Side = Schema.Literals(["source", "target"])
export type Side = typeof Side.Type

const others: Record<Side, Side> = { source: "target", target: "source" }

export const other = (side: Side): Side => others[side]
