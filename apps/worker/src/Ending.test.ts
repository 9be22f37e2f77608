import { assert, describe, it } from "@effect/vitest"
import { UnknownName } from "@syncline/engine"
import { Cause, Exit } from "effect"
import * as Ending from "./Ending.ts"
import * as Problem from "./Problem.ts"

const unknown = Problem.ofEngine(new UnknownName({ name: "biling", known: ["billing", "billing/customer"] }))

describe("a command ends", () => {
  it.each<readonly [string, Exit.Exit<unknown, unknown>, number]>([
    ["well", Exit.void, 0],
    ["by Ctrl-C", Exit.failCause(Cause.interrupt(1)), 130],
    ["for a mistake of the user", Exit.fail(unknown), 4],
    ["with an outcome it has told", Exit.fail(new Problem.BadOutcome({ exitCode: 3 })), 3],
    ["by a bug", Exit.die(new TypeError("x is not a function")), 70],
    ["by an error that nobody foresaw", Exit.fail("what is this"), 70],
    [
      "for a mistake, though the clean-up broke too",
      Exit.failCause(Cause.combine(Cause.die("boom"), Cause.fail(unknown))),
      4
    ]
  ])("%s: %s", (_how, exit, code) => assert.strictEqual(Ending.of(exit).exitCode, code))
})

describe("what is told", () => {
  it("names the thing, the value and the way out", () => {
    assert.deepStrictEqual(Problem.lines(unknown), [
      `error: there is no integration or job "biling"; known are "billing", "billing/customer"`
    ])
  })

  it("of a bug is its first line, never the stack", () => {
    const { problem, trace } = Ending.of(Exit.die(new TypeError("x is not a function\n    at somewhere")))
    assert.isNotNull(problem)
    const text = problem === null ? "" : Problem.lines(problem).join("\n")
    assert.include(text, "this is a bug in Syncline: TypeError: x is not a function")
    assert.include(text, "--debug")
    assert.notInclude(text, "    at ")
    assert.include(trace, "Ending.test.ts")
  })

  it("fits on a screen", () => {
    const problem = Problem.badInput(Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n"), "mend it")
    const lines = Problem.lines(problem)
    assert.isAtMost(lines.length, 20)
    assert.include(lines.join("\n"), "… and 83 more lines")
    assert.strictEqual(lines.at(-1), "  mend it")
  })
})

describe("an exception that nobody caught", () => {
  it("from the driver is a lost connection", () => {
    const error = new TypeError("Cannot read properties of null (reading 'write')")
    error.stack = `${error.name}: ${error.message}\n    at /app/node_modules/.pnpm/postgres@3.4.9/node_modules/postgres/src/connection.js:200:10`
    const { exitCode, problem } = Ending.ofUncaught(error)
    assert.strictEqual(exitCode, 5)
    assert.strictEqual(problem?.message, "the connection to the database was lost in the middle of a statement")
  })
  it("from elsewhere is a bug", () => assert.strictEqual(Ending.ofUncaught(new Error("boom")).exitCode, 70))
})
