/**
 * Checks of schemas, compiled to JavaScript on first use. Every record of a backfill is checked: three times as fast as the
 * interpreter, which takes over where `new Function` is forbidden. The one file that knows `effect/schema`, tagged unstable.
 */
import { Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"

/** `Schema.is` of a schema that only checks. */
export const is = <A>(schema: Schema.Codec<A, unknown>): ((value: unknown) => value is A) => {
  SchemaJITCompiler.enable(schema.ast)
  return Schema.is(schema)
}
