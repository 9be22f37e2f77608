/**
 * The kinds that every account has. More properties, and an account's own objects, come from the configuration.
 *
 * Default properties: https://developers.hubspot.com/docs/guides/crm/using-object-apis . The numbers of association types:
 * https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide#association-type-id-values
 */
import type { Association, Shape } from "./Kind.ts"

const one = (field: string, entity: string, to: string, typeId: number): Association => ({
  field,
  entity,
  to,
  category: "HUBSPOT_DEFINED",
  typeId,
  isMany: false
})
const many = (field: string, entity: string, to: string, typeId: number): Association => ({
  ...one(field, entity, to, typeId),
  isMany: true
})

const modified = "hs_lastmodifieddate"

export const contact: Shape = {
  entity: "contact",
  type: "contacts",
  properties: [
    "email",
    "firstname",
    "lastname",
    "phone",
    "mobilephone",
    "company",
    "jobtitle",
    "website",
    "address",
    "city",
    "state",
    "zip",
    "country",
    "lifecyclestage",
    "hs_lead_status",
    "hubspot_owner_id"
  ],
  computed: [],
  references: {},
  // The primary company; others that a contact also belongs to are left alone.
  associations: [one("company_id", "company", "companies", 1)],
  modified: "lastmodifieddate",
  group: "contactinformation"
}

export const company: Shape = {
  entity: "company",
  type: "companies",
  properties: [
    "name",
    "domain",
    "phone",
    "website",
    "address",
    "address2",
    "city",
    "state",
    "zip",
    "country",
    "industry",
    "numberofemployees",
    "annualrevenue",
    "description",
    "lifecyclestage",
    "hubspot_owner_id"
  ],
  computed: [],
  references: {},
  associations: [],
  modified,
  group: "companyinformation"
}

export const deal: Shape = {
  entity: "deal",
  type: "deals",
  properties: [
    "dealname",
    "amount",
    "deal_currency_code",
    "closedate",
    "pipeline",
    "dealstage",
    "dealtype",
    "description",
    "hubspot_owner_id",
    "hs_is_closed"
  ],
  computed: ["hs_is_closed"],
  references: {},
  associations: [one("company_id", "company", "companies", 5), many("contact_ids", "contact", "contacts", 3)],
  modified,
  group: "dealinformation"
}

export const product: Shape = {
  entity: "product",
  type: "products",
  properties: ["name", "description", "price", "hs_sku", "hs_cost_of_goods_sold", "hs_url"],
  computed: [],
  references: {},
  associations: [],
  modified,
  group: "productinformation"
}

export const lineItem: Shape = {
  entity: "line_item",
  type: "line_items",
  properties: [
    "name",
    "description",
    "quantity",
    "price",
    "amount",
    "discount",
    "hs_discount_percentage",
    "hs_line_item_currency_code",
    "hs_sku",
    "hs_product_id"
  ],
  computed: ["amount"],
  references: { hs_product_id: "product" },
  associations: [one("deal_id", "deal", "deals", 20)],
  modified,
  group: "lineiteminformation"
}

export const ticket: Shape = {
  entity: "ticket",
  type: "tickets",
  properties: [
    "subject",
    "content",
    "hs_pipeline",
    "hs_pipeline_stage",
    "hs_ticket_priority",
    "hs_ticket_category",
    "source_type",
    "hubspot_owner_id"
  ],
  computed: [],
  references: {},
  associations: [one("company_id", "company", "companies", 26), many("contact_ids", "contact", "contacts", 16)],
  modified,
  group: "ticketinformation"
}

export const all: ReadonlyArray<Shape> = [company, contact, product, deal, lineItem, ticket]
