/** The turn went to something else. What was committed stays, and another turn goes on from there. */
import { Schema } from "effect"

export class Yielded extends Schema.TaggedError<Yielded>()("Yielded", {}) {
  override get message(): string {
    return "another turn goes on with it"
  }
}
