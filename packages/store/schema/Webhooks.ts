/** What providers told us, and what of it is still to be looked at. */
import { sql } from "drizzle-orm"
import {
  bigint,
  boolean,
  customType,
  foreignKey,
  index,
  jsonb,
  primaryKey,
  text,
  uniqueIndex
} from "drizzle-orm/pg-core"
import { at, id, side, syncline, tenantId } from "./Columns.ts"
import { connection } from "./Running.ts"

const bytes = customType<{ data: Uint8Array }>({ dataType: () => "bytea" })

/** Where the webhooks of a connection come in: nobody who was not told it can guess the path. */
export const webhookPath = syncline.table(
  "webhook_path",
  {
    tenantId: tenantId(),
    connection: id("connection").notNull(),
    path: id("path").notNull(),
    createdAt: at("created_at").notNull()
  },
  (t) => [
    primaryKey({ name: "webhook_path_pk", columns: [t.tenantId, t.connection] }),
    foreignKey({
      name: "webhook_path_connection_fk",
      columns: [t.tenantId, t.connection],
      foreignColumns: [connection.tenantId, connection.name]
    }),
    uniqueIndex("webhook_path_path").on(t.path)
  ]
)

/** The inbox: deliveries by the provider's id, kept for longer than one is sent again. No foreign key, as links have none. */
export const delivery = syncline.table(
  "delivery",
  {
    tenantId: tenantId(),
    connection: id("connection").notNull(),
    deliveryId: id("delivery_id").notNull(),
    receivedAt: at("received_at").notNull(),
    /** The request's body as it came; null where another delivery of the same request has it. */
    body: bytes("body"),
    /** Of a request whose body the connector could not read: what it needs to read it later. */
    unread: jsonb("unread"),
    why: text("why"),
    /** The version that the payload has the shape of, where that is not the connector's own. */
    otherVersion: text("other_version")
  },
  (t) => [
    primaryKey({ name: "delivery_pk", columns: [t.tenantId, t.connection, t.deliveryId] }),
    index("delivery_received").on(t.tenantId, t.receivedAt),
    index("delivery_unread")
      .on(t.tenantId, t.connection, t.deliveryId)
      .where(sql`unread is not null`)
  ]
)

/** Records that are to be read again, one row for however many claims. A row that was read stays for a while, so that a burst is seen as one. */
export const claim = syncline.table(
  "claim",
  {
    tenantId: tenantId(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    side: side(),
    recordId: id("record_id").notNull(),
    /** Counts the claims. What has grown since it was read is read once more. */
    claims: bigint("claims", { mode: "number" }).notNull(),
    isPending: boolean("is_pending").notNull(),
    dueAt: at("due_at").notNull(),
    claimedAt: at("claimed_at").notNull(),
    readAt: at("read_at")
  },
  (t) => [
    primaryKey({ name: "claim_pk", columns: [t.tenantId, t.integration, t.entity, t.side, t.recordId] }),
    index("claim_due")
      .on(t.tenantId, t.integration, t.entity, t.dueAt, t.side, t.recordId)
      .where(sql`is_pending`),
    index("claim_read")
      .on(t.tenantId, t.readAt)
      .where(sql`not is_pending`)
  ]
)
