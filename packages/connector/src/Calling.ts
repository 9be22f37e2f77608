/** What is known about a call besides its content: how urgent it is, and whether it may still be made. */
import type { PriorityClass } from "@syncline/core"
import { Context, Effect } from "effect"

/** Calls made on somebody's command are as urgent as an edit, unless whoever makes them says otherwise. */
export const Priority = Context.Reference<PriorityClass.PriorityClass>("@syncline/connector/Priority", {
  defaultValue: () => "edit"
})

/** Of a program that runs alone. */
export const always: Effect.Effect<boolean> = Effect.succeed(true)

/**
 * Asked just before a request is sent, and while its answer is awaited: false once this process may no longer call, because another
 * one may have taken its place. Then what is under way is given up.
 */
export const MayCall = Context.Reference<Effect.Effect<boolean>>("@syncline/connector/MayCall", {
  defaultValue: () => always
})
