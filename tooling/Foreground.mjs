/** One child process in the foreground: it owns the terminal, gets each signal once, and its exit code is ours. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { constants } from "node:os"
import { isatty } from "node:tty"

/** npm repeats a signal that the terminal has already sent; both arrive within a few milliseconds. */
const repeatMs = 500

/** @type {ReadonlyArray<NodeJS.Signals>} */
const passedOn = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]

/**
 * Whether the terminal has sent a keyboard signal to the whole process group, the child included, from the text of
 * Linux's `/proc/self/stat`: fields 5 and 8 are the process group and the terminal's foreground group (proc(5)).
 * @param {string} stat
 */
export const isInForeground = (stat) => {
  // The second field is the program's name in parentheses and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields[2] === fields[5]
}

/**
 * What a shell would report for an ended child: its exit code, or 128 + the signal's number.
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
export const exitCodeOf = (code, signal) => code ?? (signal === null ? 1 : 128 + constants.signals[signal])

/**
 * Whether a signal is the child's only through us; `lastMs` is when the same signal came before.
 * @param {NodeJS.Signals} signal
 * @param {{ readonly isInForeground: boolean, readonly nowMs: number, readonly lastMs: number | undefined }} situation
 */
export const shouldPassOn = (signal, { isInForeground, lastMs, nowMs }) =>
  !(isInForeground && (signal === "SIGINT" || signal === "SIGQUIT")) &&
  (lastMs === undefined || nowMs - lastMs > repeatMs)

/**
 * @param {string} program
 * @param {ReadonlyArray<string>} args
 * @param {{ readonly cwd: string, readonly env: NodeJS.ProcessEnv, readonly output?: "stderr" }} options
 * @returns {Promise<{ readonly exitCode: number, readonly isStopped: boolean }>}
 */
export const perform = (program, args, { cwd, env, output }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd,
      env,
      stdio: ["inherit", output === "stderr" ? 2 : "inherit", "inherit"]
    })
    /** @type {Map<NodeJS.Signals, number>} */
    const lastMsBySignal = new Map()
    let isStopped = false
    /** @param {NodeJS.Signals} signal */
    const onSignal = (signal) => {
      const nowMs = performance.now()
      isStopped = true
      if (shouldPassOn(signal, { isInForeground: foreground(), nowMs, lastMs: lastMsBySignal.get(signal) })) {
        child.kill(signal)
      }
      lastMsBySignal.set(signal, nowMs)
    }
    const stopListening = () => {
      for (const signal of passedOn) process.off(signal, onSignal)
    }
    for (const signal of passedOn) process.on(signal, onSignal)
    child.once("error", (error) => {
      stopListening()
      reject(error)
    })
    child.once("exit", (code, signal) => {
      stopListening()
      resolve({ exitCode: exitCodeOf(code, signal), isStopped })
    })
  })

const foreground = () => {
  try {
    return isInForeground(readFileSync("/proc/self/stat", "utf8"))
  } catch {
    // Not Linux: a terminal on our input is then the best sign of one.
    return isatty(0)
  }
}
