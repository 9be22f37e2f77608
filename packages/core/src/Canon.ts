/** Comparing values in canonical form. */
import type { Schema } from "effect"
import * as Fingerprint from "./Fingerprint.ts"

/** Whether two values say the same. Order of keys, spelling of numbers and composition of characters do not count. Absent, null and "" are three values. */
export const isSame = (one: Schema.Json | undefined, other: Schema.Json | undefined): boolean => {
  if (one === other) return true
  if (one === undefined || other === undefined || one === null || other === null) return false
  return Fingerprint.canonical(one) === Fingerprint.canonical(other)
}
