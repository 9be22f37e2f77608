/** A program in a process of its own, which ends by itself and prints one JSON line last. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** What a process took. */
export interface Usage {
  readonly maxRssMiB: number
  readonly cpuSeconds: number
}

export interface Program {
  readonly file: string
  readonly args: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
}

/** The built packages run as users run them; this only bounds the young generation, which otherwise grows with the allocation rate. */
const nodeOptions = ["--max-semi-space-size=16"]
const usage = fileURLToPath(new URL("Usage.ts", import.meta.url))

/** Runs a program to its end. Fails with what it said when it does not end well. */
export const run = async ({ file, args, env }: Program): Promise<{ readonly said: unknown; readonly usage: Usage }> => {
  const extra = process.env["BENCH_NODE_OPTIONS"]?.split(" ") ?? []
  const child = spawn(process.execPath, [...nodeOptions, ...extra, `--import=${usage}`, file, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"]
  })
  const stop = () => child.kill()
  process.on("exit", stop)
  const [output, complaints, used] = [text(child.stdio[1]), text(child.stdio[2]), text(child.stdio[3])]
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", resolve)
  })
  process.off("exit", stop)
  if (exitCode !== 0) throw new Error(`${file} ended with ${exitCode}:\n${await complaints}${await output}`)
  return { said: lastLine(await output), usage: JSON.parse(await used) }
}

const text = async (stream: unknown): Promise<string> => {
  if (!isReadable(stream)) return ""
  let all = ""
  for await (const chunk of stream) all += String(chunk)
  return all
}

const isReadable = (stream: unknown): stream is AsyncIterable<unknown> =>
  typeof stream === "object" && stream !== null && Symbol.asyncIterator in stream

const lastLine = (output: string): unknown => JSON.parse(output.trimEnd().split("\n").at(-1) ?? "null")
