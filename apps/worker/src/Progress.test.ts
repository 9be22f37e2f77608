import { assert, describe, it } from "@effect/vitest"
import { Counters, EntityType, ExecutionId, IntegrationName, JobName } from "@syncline/core"
import type { ExecutionReport, Progress as Seen } from "@syncline/engine"
import * as Progress from "./Progress.ts"
import * as Table from "./Table.ts"

const seen = (
  changes: Partial<Omit<Seen, "execution" | "entity">> & { readonly entity?: string; readonly created?: number } = {}
): Seen => {
  const { entity = "customer", created = 5200, ...rest } = changes
  return {
    execution: ExecutionId.make(`execution of ${entity}`),
    job: JobName.make(`billing/${entity}`),
    entity: EntityType.make(entity),
    stage: "listing",
    counters: Counters.of({ created }),
    apiCalls: 52,
    elapsedMs: 2000,
    fraction: 0.52,
    ...rest
  }
}

const boardOf = (...all: ReadonlyArray<Seen>): Progress.Board => all.reduce(Progress.update, Progress.empty)

const report = (changes: Partial<ExecutionReport>): ExecutionReport => ({
  execution: ExecutionId.make("1"),
  job: JobName.make("billing/customer"),
  integration: IntegrationName.make("billing"),
  entity: EntityType.make("customer"),
  status: "completed",
  reason: null,
  failure: null,
  stop: null,
  notes: [],
  counters: Counters.of({ created: 10_000 }),
  apiCalls: 101,
  durationMs: 3100,
  ...changes
})

const plain = (columns: number) => ({ columns, style: "plain" as const })

describe("bars", () => {
  it("show how far it is, the records, the rate, the calls and the time left", () => {
    const board = boardOf(seen({ fraction: 0.1, elapsedMs: 500 }), seen())
    assert.deepStrictEqual(Progress.bars(board, plain(100)), [
      "  customer  ████████████░░░░░░░░░░░░  52 %  5,200 records  2,600/s  52 API calls  1.7 s left"
    ])
  })

  it("say what is done where nobody can tell how far it is", () => {
    const board = boardOf(seen({ stage: "following", fraction: null, created: 1, apiCalls: 1, elapsedMs: 100 }))
    assert.deepStrictEqual(Progress.bars(board, plain(100)), ["  customer  following  1 record  10/s  1 API call"])
  })

  it("stay straight and inside the window with wide characters, at any width", () => {
    const board = boardOf(seen({ entity: "顧客" }), seen({ entity: "конто" }), seen({ entity: "🧾 invoice" }))
    for (let columns = 1; columns <= 120; columns++) {
      for (const line of Progress.bars(board, plain(columns))) assert.isBelow(Table.width(line), columns)
    }
    const positions = Progress.bars(board, plain(120)).map((line) => Table.width(line.slice(0, line.indexOf("█"))))
    assert.deepStrictEqual(new Set(positions).size, 1)
  })

  it("colour without changing a cell", () => {
    const board = boardOf(seen())
    const widths = (["plain", "coloured"] as const).map((style) =>
      Progress.bars(board, { columns: 100, style }).map(Table.width)
    )
    assert.deepStrictEqual(widths[0], widths[1])
    assert.include(Progress.bars(board, { columns: 100, style: "coloured" }).join(), "\u001b[32m")
    assert.notInclude(Progress.bars(board, plain(100)).join(), "\u001b")
  })

  it("never overflow when a connector tells more than all", () => {
    assert.include(Progress.bars(boardOf(seen({ fraction: 1.2 })), plain(100)).join(), "100 %")
  })
})

describe("the time left", () => {
  const rowOf = (...all: ReadonlyArray<Seen>) => {
    const [row] = [...boardOf(...all).values()]
    assert.isDefined(row)
    return row
  }
  it("counts from where this run began, not from where an earlier one had come", () => {
    assert.strictEqual(
      Progress.etaMs(rowOf(seen({ fraction: 0.5, elapsedMs: 0 }), seen({ fraction: 0.75, elapsedMs: 1000 }))),
      1000
    )
  })
  it("is not guessed from one page", () => {
    assert.isNull(Progress.etaMs(rowOf(seen({ fraction: 0.5, elapsedMs: 2000 }))))
  })
  it("is unknown where the walk does not tell", () => {
    assert.isNull(Progress.etaMs(rowOf(seen({ fraction: null }))))
  })
})

it("a line of a log tells the same in words", () => {
  const [row] = [...boardOf(seen({ fraction: null, stage: "following", created: 12 })).values()]
  assert.isDefined(row)
  assert.strictEqual(Progress.line(row), "customer: following, 12 records, 6/s, 52 API calls")
})

describe("an end", () => {
  it("of a good run is one line", () => {
    assert.deepStrictEqual(Progress.ended(report({}), "plain"), [
      "✓ customer  10,000 records: 10,000 created  (3.1 s, 3,226/s, 101 API calls)"
    ])
  })
  it("without changes says so", () => {
    assert.deepStrictEqual(Progress.ended(report({ counters: Counters.zero, apiCalls: 1, durationMs: 40 }), "plain"), [
      "✓ customer  nothing had changed  (40 ms, 1 API call)"
    ])
  })
  it("of a failed run tells the reason and the notes", () => {
    const lines = Progress.ended(
      report({
        status: "failed",
        reason: "stripe refused the key\nset STRIPE_API_KEY",
        notes: ["listed again"],
        counters: Counters.of({ created: 3, failed: 2 })
      }),
      "plain"
    )
    assert.deepStrictEqual(lines, [
      "✗ customer  failed after 5 records: 3 created, 2 failed  (3.1 s, 2/s, 101 API calls)",
      "    stripe refused the key",
      "    set STRIPE_API_KEY",
      "    listed again"
    ])
  })
})
