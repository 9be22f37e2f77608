/** The error table of a provider that answers problems as RFC 9457 says. https://www.rfc-editor.org/rfc/rfc9457 */
import { Schema } from "effect"
import { Forbidden, type Reason, Rejected } from "./ConnectorError.ts"
import type { ErrorRule, Reply } from "./Remote.ts"

/** `errors` with a JSON pointer each is the form of the RFC's own example, section 3. */
const Problem = Schema.Struct({
  title: Schema.String,
  detail: Schema.optionalKey(Schema.String),
  scope: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(Schema.Array(Schema.Struct({ detail: Schema.String, pointer: Schema.String })))
})
const isProblem = Schema.is(Problem)
const problem = (reply: Reply): typeof Problem.Type => (isProblem(reply.json) ? reply.json : { title: "" })

const fieldsOf = (reply: Reply): Reason => {
  const { detail, errors = [], title } = problem(reply)
  return new Rejected({
    fields:
      errors.length === 0
        ? { "": detail ?? title }
        : Object.fromEntries(errors.map(({ detail, pointer }) => [nameOf(pointer), detail]))
  })
}

/** `#/address/city` is `address.city`. */
const nameOf = (pointer: string): string => pointer.replace(/^#?\//, "").replaceAll("/", ".")

export const errors: ReadonlyArray<ErrorRule> = [
  {
    when: "values are refused, each with its place",
    matches: (reply) => (reply.status === 400 || reply.status === 422) && isProblem(reply.json),
    reason: fieldsOf,
    example: {
      status: 422,
      text: '{"title":"Not valid","errors":[{"detail":"is not an address","pointer":"#/email"}]}'
    }
  },
  {
    when: "the credentials lack a permission",
    matches: (reply) => reply.status === 403 && problem(reply).scope !== undefined,
    reason: (reply) => new Forbidden({ missing: problem(reply).scope ?? "" }),
    example: { status: 403, text: '{"title":"Not allowed","scope":"people:write"}' }
  }
]
