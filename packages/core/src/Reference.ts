/** A field that holds the id of another record. Dependency order, waiting and rewriting of temporary ids derive from it. */
import { RecordId } from "./Ids.ts"

const annotation = "@syncline/reference"

/** The id of a record of `entity`. Inside `Schema.NullOr` or `Schema.optionalKey` the reference is optional. */
export const Reference = (entity: string) => RecordId.annotate({ [annotation]: entity })
