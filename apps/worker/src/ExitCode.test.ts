import { assert, describe, it } from "@effect/vitest"
import { Counters, EntityType, type Execution, ExecutionId, IntegrationName, JobName } from "@syncline/core"
import { readFileSync } from "node:fs"
import * as ExitCode from "./ExitCode.ts"

const ended = (status: Execution.Status) => ({
  execution: ExecutionId.make("1"),
  job: JobName.make("billing/customer"),
  integration: IntegrationName.make("billing"),
  entity: EntityType.make("customer"),
  status,
  reason: null,
  failure: null,
  stop: null,
  notes: [],
  counters: Counters.zero,
  apiCalls: 0,
  durationMs: 0
})

describe("a run ends with its gravest execution", () => {
  it.each<readonly [ReadonlyArray<Execution.Status>, number]>([
    [[], 0],
    [["completed", "completed"], 0],
    [["completed", "completed_with_errors"], 3],
    [["completed_with_errors", "failed"], 1],
    [["timed_out"], 1],
    [["cancelled", "completed"], 1]
  ])("%j: %i", (statuses, code) => {
    assert.strictEqual(ExitCode.ofRun({ executions: statuses.map((status) => ended(status)), notStarted: [] }), code)
  })

  it("and with 5 when a provider could not be asked", () => {
    const executions = [{ ...ended("failed"), failure: "auth" as const }, ended("completed")]
    assert.strictEqual(ExitCode.ofRun({ executions, notStarted: [] }), 5)
  })

  it("and a job that was not started is a failure", () => {
    const notStarted = [{ job: JobName.make("billing/invoice"), because: JobName.make("billing/customer") }]
    assert.strictEqual(ExitCode.ofRun({ executions: [ended("completed")], notStarted }), 1)
  })
})

it("the README tells each code as the command does", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8").replace(/ +/g, " ")
  for (const [code, meaning] of ExitCode.meanings) assert.include(readme, `| ${code} | ${meaning} |`)
})
