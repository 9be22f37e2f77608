import { RecordId, RecordKey, Side } from "@syncline/core"
import { Schema } from "effect"

/**
 * Ids at a side that belong to another record of the pair already. Nothing of this commit happened: decide these records in another
 * way (they are one record seen twice, or a person has linked them), and commit the rest again.
 */
export class IdTaken extends Schema.TaggedError<IdTaken>()("IdTaken", {
  taken: Schema.Array(
    Schema.Struct({ key: RecordKey, side: Side.Side, id: RecordId, holder: RecordKey, isHolderDeleted: Schema.Boolean })
  ),
  message: Schema.String
}) {}
