/** One child process in the foreground: it owns the terminal, gets each signal once, and its exit code is ours. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { constants } from "node:os"
import { isatty } from "node:tty"

/** npm repeats to its child what the terminal has already sent there; the repeat follows within a few milliseconds. */
const repeatMs = 100

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
 * Whether a signal reached the child without us, because it was sent to the whole process group: one of the terminal's
 * keyboard was, and so was one that came twice, since npm repeats each signal to us. (Two at once may arrive as one; the
 * child then gets the second, from us.)
 * @param {NodeJS.Signals} signal
 * @param {{ readonly times: number, readonly isInForeground: boolean }} situation
 */
export const isGroups = (signal, { isInForeground, times }) =>
  times > 1 || (isInForeground && (signal === "SIGINT" || signal === "SIGQUIT"))

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
    const timesBySignal = new Map()
    let isStopped = false
    /** @param {NodeJS.Signals} signal */
    const onSignal = (signal) => {
      const times = timesBySignal.get(signal) ?? 0
      isStopped = true
      timesBySignal.set(signal, times + 1)
      if (times > 0) return
      setTimeout(() => {
        const situation = { times: timesBySignal.get(signal) ?? 0, isInForeground: foreground() }
        timesBySignal.delete(signal)
        if (!isGroups(signal, situation)) child.kill(signal)
      }, repeatMs)
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
