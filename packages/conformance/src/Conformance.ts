/** Registers the 64 checks of one connector as tests: `conformance(acme, acmeSandbox)`. */
import type { ConformanceAccount, ConformanceSandbox } from "@syncline/connector/sandbox"
import type { AnyConnector } from "@syncline/engine"
import { Config, Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, describe, it } from "vitest"
import type { Group } from "./Check.ts"
import { auth } from "./checks/Auth.ts"
import { declaration } from "./checks/Declaration.ts"
import { delta } from "./checks/Delta.ts"
import { limits } from "./checks/Limits.ts"
import { read } from "./checks/Read.ts"
import { twoWayLaws } from "./checks/TwoWayLaws.ts"
import { webhooks } from "./checks/Webhooks.ts"
import { write } from "./checks/Write.ts"
import * as Report from "./Report.ts"
import * as StoreServices from "./StoreServices.ts"
import * as Subject from "./Subject.ts"
import * as Verdict from "./Verdict.ts"

export const groups: ReadonlyArray<Group> = [declaration, auth, read, delta, write, webhooks, limits, twoWayLaws]

export interface Options {
  /** An empty database for the store. Without it an embedded server is started, which takes about two seconds. */
  readonly database?: () => Promise<string>
  /** The connector's README, whose table of entities must be the declaration's. */
  readonly readme?: string
}

const settings = Config.all({
  seed: Config.Int("CONFORMANCE_SEED").pipe(Config.withDefault(1)),
  isFull: Config.Boolean("CONFORMANCE_FULL").pipe(Config.withDefault(false))
})

/** A server that is started on a busy machine takes its time. */
const storeTimeoutMs = 120_000

/** A million records and a hundred thousand webhooks take minutes, and several times that on a machine that does much else. */
const checkTimeoutMs = 3_600_000

/** Tries the connector on its sandbox, with the real engine and store, check by check. */
export const conformance = <Account extends ConformanceAccount>(
  connector: AnyConnector,
  sandbox: ConformanceSandbox<Account>,
  options: Options = {}
): void => {
  describe(`${connector.name} conforms`, () => {
    const lines: Array<Report.Line> = []
    const lifetime = Scope.makeUnsafe()
    let subject: Subject.Subject | null = null

    beforeAll(async () => {
      const url = options.database === undefined ? null : await options.database()
      const opened = Effect.gen(function* () {
        const store = yield* StoreServices.open(url)
        return Subject.make(connector, sandbox, store, { ...(yield* settings), readme: options.readme ?? null })
      })
      subject = await Effect.runPromise(Scope.provide(opened, lifetime))
    }, storeTimeoutMs)
    afterAll(async () => {
      await Effect.runPromise(Scope.close(lifetime, Exit.void))
      process.stdout.write(Report.table(connector.name, connector.apiVersion, groups, lines))
    }, storeTimeoutMs)

    for (const { checks, name } of groups)
      describe(`group: ${name}`, () => {
        for (const check of checks)
          it(
            `${check.id} ${check.says}`,
            async (context) => {
              if (subject === null) throw new Error("the store could not be opened")
              const line = await Effect.runPromise(Verdict.of(check, subject))
              lines.push(line)
              context.task.meta.conformance = { connector: connector.name, ...line }
              if (line.why !== null && line.verdict === "skipped") context.skip(line.why)
              if (line.cause !== undefined) throw line.cause
            },
            checkTimeoutMs
          )
      })
  })
}

declare module "vitest" {
  interface TaskMeta {
    conformance?: { readonly connector: string } & Omit<Report.Line, "cause">
  }
}
