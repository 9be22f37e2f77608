/** Why the engine could not do what it was asked. Each says the thing, the value and the way out, and nothing secret. */
import { Schema } from "effect"

/** The project does not hold together: an unknown name, a value that does not decode, a secret that is not set. Mend the file. */
export class InvalidProject extends Schema.TaggedError<InvalidProject>()("InvalidProject", {
  problems: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.problems.join("\n")
  }
}

/** There is no integration or job of that name. */
export class UnknownName extends Schema.TaggedError<UnknownName>()("UnknownName", {
  name: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `there is no integration or job "${this.name}"; known are ${this.known.map((name) => `"${name}"`).join(", ")}`
  }
}

/** Another process runs this pair now. Wait for it, or cancel its execution. */
export class AlreadyRunning extends Schema.TaggedError<AlreadyRunning>()("AlreadyRunning", {
  job: Schema.String,
  execution: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `"${this.job}" is running already (execution ${this.execution}, ${this.detail}); wait for it, or cancel that execution`
  }
}

/** The store cannot be used. `detail` names the database and the way out. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/** There is no such record, conflict or dead letter. `detail` says where it was looked for and the way out. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  what: Schema.String,
  id: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `there is no ${this.what} "${this.id}"${this.detail === "" ? "" : `; ${this.detail}`}`
  }
}

/** What was looked at has changed since: a plan, a conflict, a link. Nothing was done. Look again. */
export class Moved extends Schema.TaggedError<Moved>()("Moved", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/** It cannot be done as asked. `detail` says why, and the way out. Nothing was done. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/** A provider could not be asked. `detail` names the connection and the way out. */
export class ConnectionFailed extends Schema.TaggedError<ConnectionFailed>()("ConnectionFailed", {
  connection: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

export type EngineError =
  | InvalidProject
  | UnknownName
  | AlreadyRunning
  | StoreUnavailable
  | NotFound
  | Moved
  | Refused
  | ConnectionFailed
