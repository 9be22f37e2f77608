import { assert, describe, layer } from "@effect/vitest"
import { JobName } from "@syncline/core"
import { Effect, Option } from "effect"
import * as World from "../test/World.ts"
import { Jobs } from "./Jobs.ts"
import { Store } from "./Store.ts"

describe("Jobs", () => {
  layer(World.layer, { excludeTestServices: true })((it) => {
    it.effect("declaring the same again writes nothing, and a job that is no longer declared leaves the list", () =>
      Effect.gen(function* () {
        const jobs = yield* Jobs
        const { postgres } = yield* Store
        const versions = postgres.query(
          "select xmin::text from syncline.job union all select xmin::text from syncline.integration order by 1"
        )
        yield* World.declare()
        const before = yield* versions
        yield* World.declare()
        assert.deepStrictEqual([...(yield* versions)], [...before])
        yield* jobs.schedule(World.tenant, World.job, 1_900_000_000_000)
        const execution = yield* World.start()
        const [job] = yield* jobs.list(World.tenant)
        assert.deepInclude(job, { name: World.job, lastExecution: execution, nextRunAtMs: 1_900_000_000_000 })
        assert.deepStrictEqual(job?.definition, { schedule: "manual" })
        yield* jobs.declare(World.tenant, { connections: [], integrations: [], jobs: [] })
        assert.deepStrictEqual(yield* jobs.get(World.tenant, JobName.make(World.job)), Option.none())
      })
    )
  })
})
