/** What connections are entered with, sealed; and the keys that it is sealed with, wrapped by a master key that is not here. */
import { bigint, jsonb, primaryKey, text } from "drizzle-orm/pg-core"
import { at, id, syncline, tenantId } from "./Columns.ts"

export const dataKey = syncline.table(
  "data_key",
  {
    tenantId: tenantId(),
    keyId: id("key_id").notNull(),
    /** Names the master key that it is wrapped by. */
    masterKeyId: id("master_key_id").notNull(),
    wrapped: text("wrapped").notNull(),
    createdAt: at("created_at").notNull()
  },
  (t) => [primaryKey({ name: "data_key_pk", columns: [t.tenantId, t.keyId] })]
)

/** `version` is part of what is authenticated, so an older row put back in its place does not open. */
export const credential = syncline.table(
  "credential",
  {
    tenantId: tenantId(),
    connection: id("connection").notNull(),
    field: id("field").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    keyId: id("key_id").notNull(),
    sealed: text("sealed").notNull(),
    updatedAt: at("updated_at").notNull(),
    /** Who is exchanging this for the next, since when; null: nobody. */
    claimedBy: text("claimed_by"),
    claimedAt: at("claimed_at"),
    /** Since when it may have been sent to be exchanged, with an answer that is not known; null: no answer is missing. */
    sentAt: at("sent_at")
  },
  (t) => [primaryKey({ name: "credential_pk", columns: [t.tenantId, t.connection, t.field] })]
)

/** An authorization that a person has begun in a browser and not finished. Single use, ten minutes. */
export const authorization = syncline.table(
  "authorization",
  {
    tenantId: tenantId(),
    /** A digest: what is stored does not let anybody finish it. */
    state: id("state").notNull(),
    connection: id("connection").notNull(),
    /** The verifier of PKCE, and what binds it to the browser. */
    sealed: text("sealed").notNull(),
    keyId: id("key_id").notNull(),
    redirectUri: text("redirect_uri").notNull(),
    begunAt: at("begun_at").notNull()
  },
  (t) => [primaryKey({ name: "authorization_pk", columns: [t.tenantId, t.state] })]
)

/** What a tenant has other than the configuration says: policies and orders by integration and pair. */
export const tenantOverride = syncline.table(
  "tenant_override",
  {
    tenantId: tenantId(),
    integration: id("integration").notNull(),
    /** Empty: of the whole integration. */
    entity: id("entity").notNull(),
    settings: jsonb("settings").notNull(),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [primaryKey({ name: "tenant_override_pk", columns: [t.tenantId, t.integration, t.entity] })]
)
