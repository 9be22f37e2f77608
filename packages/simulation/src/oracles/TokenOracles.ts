/** Promises about tokens that end, told from what each system was asked for and what it gave. */
import type { Side } from "@syncline/core"
import type { Oracle, View } from "./Oracle.ts"

const once: Oracle = {
  promise: "I-26",
  name: "a refresh token is spent once",
  arrived: (_, side, { entered, isReuse }, complain) => {
    if (isReuse)
      complain(
        null,
        `refresh token ${entered} of the ${side} came again after it had been spent, so the provider has withdrawn its consent`
      )
  }
}

/** Between the answer that gave a token and the first request with it, what is kept of the connection must have changed. */
const kept: Oracle = {
  promise: "I-26",
  name: "a token is kept before it is used",
  arrived: (view, side, { entered, verb }, complain) => {
    const version = entered === null ? undefined : view.granted.get(`${side}/${entered}`)
    if (version === undefined || versionOf(view, side) > version) return
    const what = verb === "token" ? "refresh token" : "access token"
    complain(null, `${what} ${entered} of the ${side} was used, and is not kept`)
  }
}

/** Of the tokens of the connection to a side; raised by each change of them. */
export const versionOf = ({ snapshot, systems }: Pick<View, "snapshot" | "systems">, side: Side.Side): number =>
  snapshot.credentials.find(({ connection }) => connection === systems[side].name)?.version ?? 0

export const tokenOracles: ReadonlyArray<Oracle> = [once, kept]
