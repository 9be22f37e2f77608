/** The demo's provider: a Stripe sandbox account that is kept in a folder and answers on a loopback port. */
import { Journal } from "@syncline/connector/sandbox"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { Effect, type Scope } from "effect"
import { join } from "node:path"
import { Problem } from "../Problem.ts"
import * as ExitCode from "../ExitCode.ts"

export interface Served {
  readonly account: StripeSandbox.StripeAccount
  /** `http://127.0.0.1:4010` */
  readonly url: string
}

/**
 * What Stripe documents for a live account, so that the demo takes as long as a real one of this size would at best.
 * https://docs.stripe.com/rate-limits
 */
export const callsPerSecond = 100

const notKept = ({ detail, path }: Journal.JournalUnusable, exitCode: number) =>
  new Problem({
    message: `the sandbox account cannot be kept in ${path}: ${detail}`,
    wayOut: "Free the disk or the folder's rights, or set SYNCLINE_HOME to another folder",
    exitCode
  })

/** A person's changes in the account, which are defects where they cannot be kept: a full disk is the user's to mend. */
export const byHand = <A, E, R>(changes: Effect.Effect<A, E, R>): Effect.Effect<A, E | Problem, R> =>
  Effect.catchDefect(changes, (defect) =>
    defect instanceof Journal.JournalUnusable ? Effect.fail(notKept(defect, ExitCode.unreachable)) : Effect.die(defect)
  )

/** Opens the folder's account of this name, or makes one of `size` there. */
export const open = Effect.fn("Account.open")(function* (
  folder: string,
  name: string,
  size: StripeSandbox.Size
): Effect.fn.Return<Served, Problem, Scope.Scope> {
  const limits: StripeSandbox.Limits = { perSecond: callsPerSecond, perEndpointPerSecond: callsPerSecond, atOnce: 25 }
  const account = yield* Effect.mapError(StripeSandbox.openFolder(join(folder, name), { size, limits }), (error) =>
    notKept(error, ExitCode.failed)
  )
  const { url } = yield* Effect.mapError(
    StripeSandbox.serve(account),
    ({ detail }) =>
      new Problem({
        message: `the sandbox cannot listen on this machine: ${detail}`,
        wayOut: "",
        exitCode: ExitCode.failed
      })
  )
  return { account, url }
})
