/**
 * Tries connectors of the workspace by the 64 checks: `npm run conformance [-- stripe] [C64] [--json] [--full] [--write]`.
 *
 * `--json` prints `{ "stripe": { "passed": 56, "failed": 0, "skipped": 8 } }` and nothing else. `--full` takes a million records
 * and a hundred thousand webhooks instead of a hundredth of them. `--write` puts each README's table of entities right.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "./Toolchain.mjs"

const folder = "packages/conformance/test/connectors"
const known = readdirSync(join(root, folder)).map((file) => file.replace(/\.test\.ts$/, ""))

const args = process.argv.slice(2)
const flags = new Set(args.filter((arg) => arg.startsWith("--")))
const check = args.find((arg) => /^C\d+$/.test(arg))
const wanted = args.filter((arg) => !arg.startsWith("--") && arg !== check)
const unknown = [
  ...wanted.filter((name) => !known.some((each) => each.toLowerCase() === name.toLowerCase())),
  ...[...flags].filter((flag) => !["--json", "--full", "--write"].includes(flag))
]

const main = () => {
  if (unknown.length > 0) {
    console.error(
      `conformance: "${unknown.join('", "')}" is not known; connectors are ${known.join(", ").toLowerCase()}`
    )
    return 1
  }
  const files = known.filter(
    (name) => wanted.length === 0 || wanted.some((each) => each.toLowerCase() === name.toLowerCase())
  )
  const temporary = mkdtempSync(join(tmpdir(), "syncline-conformance-report-"))
  try {
    const report = join(temporary, "report.json")
    const { status } = spawnSync(
      "vitest",
      [
        "run",
        ...files.map((name) => `${folder}/${name}.test.ts`),
        "--reporter=json",
        `--outputFile=${report}`,
        ...(check === undefined ? [] : ["-t", `${check} `])
      ],
      {
        cwd: root,
        stdio: ["ignore", flags.has("--json") ? "ignore" : "inherit", "inherit"],
        env: {
          ...process.env,
          ...(flags.has("--full") && { CONFORMANCE_FULL: "true" }),
          ...(flags.has("--write") && { CONFORMANCE_WRITE: "true" })
        }
      }
    )
    if (flags.has("--json")) console.log(JSON.stringify(countsOf(JSON.parse(readFileSync(report, "utf8"))), null, 2))
    return status ?? 1
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/**
 * @param {{ testResults: ReadonlyArray<{ assertionResults: ReadonlyArray<{ meta?: { conformance?: { connector: string, verdict: "passed" | "failed" | "skipped" } } }> }> }} report
 */
const countsOf = ({ testResults }) => {
  /** @type {Record<string, { passed: number, failed: number, skipped: number }>} */
  const counts = {}
  for (const { assertionResults } of testResults)
    for (const { meta } of assertionResults) {
      if (meta?.conformance === undefined) continue
      const { connector, verdict } = meta.conformance
      const own = (counts[connector] ??= { passed: 0, failed: 0, skipped: 0 })
      own[verdict] += 1
    }
  return counts
}

process.exitCode = main()
