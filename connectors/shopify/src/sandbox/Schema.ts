/**
 * The part of the Admin API's schema that the stand-in answers: types, fields and arguments as Shopify has them at the pinned
 * version. A test holds it against Shopify's own.
 */
export const sdl = `
scalar DateTime
  scalar Money
  scalar Decimal
  scalar URL
  scalar UnsignedInt64
  scalar CountryCode
  scalar CurrencyCode
  directive @idempotent(key: String!) on FIELD
  interface Node { id: ID! } interface Event { id: ID! action: String! createdAt: DateTime! }
  enum CustomerSortKeys {
  CREATED_AT ID LOCATION NAME RELEVANCE UPDATED_AT } enum ProductSortKeys { CREATED_AT ID INVENTORY_TOTAL
  PRODUCT_TYPE PUBLISHED_AT RELEVANCE TITLE UPDATED_AT VENDOR } enum ProductVariantSortKeys { FULL_TITLE ID
  INVENTORY_LEVELS_AVAILABLE INVENTORY_MANAGEMENT INVENTORY_POLICY INVENTORY_QUANTITY NAME POPULAR POSITION RELEVANCE
  SKU TITLE } enum OrderSortKeys { CREATED_AT CUSTOMER_NAME CURRENT_TOTAL_PRICE DESTINATION FINANCIAL_STATUS
  FULFILLMENT_STATUS ID ORDER_NUMBER PO_NUMBER PROCESSED_AT RELEVANCE TOTAL_ITEMS_QUANTITY TOTAL_PRICE UPDATED_AT }
  enum FulfillmentOrderStatus { CANCELLED CLOSED INCOMPLETE IN_PROGRESS ON_HOLD OPEN SCHEDULED }
  enum OrderTransactionKind { AUTHORIZATION CAPTURE CHANGE EMV_AUTHORIZATION REFUND SALE SUGGESTED_REFUND VOID }
  enum OrderTransactionStatus { AWAITING_RESPONSE ERROR FAILURE PENDING SUCCESS UNKNOWN }
  enum OrderCreateFinancialStatus { AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED }
  enum CompanySortKeys { CREATED_AT ID NAME ORDER_COUNT SINCE_DATE TOTAL_SPENT UPDATED_AT } enum
  WebhookSubscriptionFormat { JSON XML } enum WebhookSubscriptionTopic { COMPANIES_CREATE COMPANIES_DELETE
  COMPANIES_UPDATE CUSTOMERS_CREATE CUSTOMERS_DELETE CUSTOMERS_UPDATE FULFILLMENTS_CREATE FULFILLMENTS_UPDATE
  ORDERS_CREATE ORDERS_DELETE ORDERS_UPDATED PRODUCTS_CREATE PRODUCTS_DELETE PRODUCTS_UPDATE REFUNDS_CREATE
}
  type PageInfo {
  hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String } type MoneyV2 {
  amount: Decimal! currencyCode: CurrencyCode! } type MoneyBag { shopMoney: MoneyV2!
  presentmentMoney: MoneyV2! } type Metafield { id: ID! namespace: String! key: String! value: String!
  type: String! } type UserError { field: [String!] message: String! } type MailingAddress { id: ID! address1: String
  address2: String city: String company: String countryCodeV2: CountryCode firstName: String lastName: String
  phone: String provinceCode: String zip: String } type CustomerEmailAddress { emailAddress: String!
  validFormat: Boolean! } type CustomerPhoneNumber { phoneNumber: String!
}
  type Customer implements Node {
  id: ID! legacyResourceId: UnsignedInt64! firstName: String lastName: String displayName: String!
  defaultEmailAddress: CustomerEmailAddress defaultPhoneNumber: CustomerPhoneNumber defaultAddress: MailingAddress
  note: String tags: [String!]! state: String! taxExempt: Boolean! locale: String! amountSpent: MoneyV2!
  numberOfOrders: UnsignedInt64! createdAt: DateTime! updatedAt: DateTime! metafield(namespace: String,
  key: String!): Metafield } type CustomerEdge { cursor: String! node: Customer! } type CustomerConnection {
  edges: [CustomerEdge!]! nodes: [Customer!]! pageInfo: PageInfo!
}
  type Product implements Node {
  id: ID! legacyResourceId: UnsignedInt64! title: String! handle: String! descriptionHtml: String!
  productType: String! vendor: String! tags: [String!]! status: String! totalInventory: Int!
  tracksInventory: Boolean! publishedAt: DateTime createdAt: DateTime! updatedAt: DateTime!
  metafield(namespace: String, key: String!): Metafield } type ProductEdge { cursor: String!
  node: Product! } type ProductConnection { edges: [ProductEdge!]! nodes: [Product!]! pageInfo: PageInfo!
}
  type SelectedOption {
  name: String! value: String! } type ProductVariant implements Node { id: ID! legacyResourceId: UnsignedInt64!
  product: Product! displayName: String! title: String! sku: String barcode: String price: Money!
  compareAtPrice: Money position: Int! taxable: Boolean! inventoryPolicy: String! inventoryQuantity: Int
  inventoryItem: InventoryItem! selectedOptions: [SelectedOption!]! createdAt: DateTime! updatedAt: DateTime!
  metafield(namespace: String, key: String!): Metafield } type ProductVariantEdge { cursor: String!
  node: ProductVariant! } type ProductVariantConnection { edges: [ProductVariantEdge!]! nodes: [ProductVariant!]!
  pageInfo: PageInfo!
}
  type InventoryItem implements Node {
  id: ID! sku: String tracked: Boolean! variant: ProductVariant createdAt: DateTime! updatedAt: DateTime!
  inventoryLevels(first: Int, after: String, query: String): InventoryLevelConnection! } type InventoryItemEdge {
  cursor: String! node: InventoryItem! } type InventoryItemConnection { edges: [InventoryItemEdge!]!
  nodes: [InventoryItem!]! pageInfo: PageInfo! } type InventoryQuantity { id: ID! name: String! quantity: Int!
  updatedAt: DateTime } type Location implements Node { id: ID! name: String!
  isActive: Boolean! } type InventoryLevel implements Node { id: ID! isActive: Boolean! item: InventoryItem!
  location: Location! quantities(names: [String!]!): [InventoryQuantity!]! createdAt: DateTime!
  updatedAt: DateTime! } type InventoryLevelEdge { cursor: String!
  node: InventoryLevel! } type InventoryLevelConnection { edges: [InventoryLevelEdge!]! nodes: [InventoryLevel!]!
  pageInfo: PageInfo!
}
  type TaxLine {
  title: String! priceSet: MoneyBag! } type LineItem implements Node { id: ID! title: String! variantTitle: String
  sku: String currentQuantity: Int! quantity: Int! variant: ProductVariant originalUnitPriceSet: MoneyBag!
  discountedTotalSet(withCodeDiscounts: Boolean): MoneyBag! taxLines: [TaxLine!]! } type ShippingLine {
  id: ID title: String! discountedPriceSet: MoneyBag! taxLines: [TaxLine!]! } type LineItemEdge { cursor: String!
  node: LineItem! } type LineItemConnection { edges: [LineItemEdge!]! nodes: [LineItem!]!
  pageInfo: PageInfo! } type FulfillmentTrackingInfo { company: String number: String
  url: URL } type Fulfillment implements Node { id: ID! legacyResourceId: UnsignedInt64! name: String! order: Order!
  status: String! trackingInfo: [FulfillmentTrackingInfo!]! totalQuantity: Int! deliveredAt: DateTime
  createdAt: DateTime! updatedAt: DateTime! } type Refund implements Node { id: ID! legacyResourceId: UnsignedInt64!
  order: Order! note: String totalRefundedSet: MoneyBag! createdAt: DateTime
  updatedAt: DateTime! } type FulfillmentOrder implements Node { id: ID! status: FulfillmentOrderStatus! }
  type FulfillmentOrderEdge { cursor: String! node: FulfillmentOrder! } type FulfillmentOrderConnection {
  edges: [FulfillmentOrderEdge!]! nodes: [FulfillmentOrder!]! pageInfo: PageInfo! }
  type OrderTransaction implements Node { id: ID! kind: OrderTransactionKind! status: OrderTransactionStatus!
  gateway: String } type Order implements Node { id: ID! legacyResourceId: UnsignedInt64! name: String!
  email: String phone: String note: String poNumber: String tags: [String!]! test: Boolean! customer: Customer
  displayFinancialStatus: String displayFulfillmentStatus: String! currencyCode: CurrencyCode!
  presentmentCurrencyCode: CurrencyCode! metafield(namespace: String, key: String!): Metafield
  fulfillmentOrders(first: Int, after: String): FulfillmentOrderConnection! transactions(first: Int): [OrderTransaction!]!
  currentSubtotalPriceSet: MoneyBag! currentTotalTaxSet: MoneyBag! currentTotalDiscountsSet: MoneyBag!
  currentTotalPriceSet: MoneyBag! shippingAddress: MailingAddress billingAddress: MailingAddress
  lineItems(first: Int, after: String): LineItemConnection! fulfillments(first: Int): [Fulfillment!]!
  shippingLine: ShippingLine taxesIncluded: Boolean! refunds(first: Int): [Refund!]! processedAt: DateTime! cancelledAt: DateTime closedAt: DateTime
  createdAt: DateTime! updatedAt: DateTime! } type OrderEdge { cursor: String! node: Order! } type OrderConnection {
  edges: [OrderEdge!]! nodes: [Order!]! pageInfo: PageInfo!
}
  type Company implements Node {
  id: ID! name: String! externalId: String note: String createdAt: DateTime! updatedAt: DateTime!
  metafield(namespace: String, key: String!): Metafield } type CompanyEdge { cursor: String!
  node: Company! } type CompanyConnection { edges: [CompanyEdge!]! nodes: [Company!]! pageInfo: PageInfo!
}
  type BasicEvent implements Node & Event {
  id: ID! action: String! createdAt: DateTime! subjectId: ID! subjectType: String! } type EventEdge { cursor: String!
  node: Event! } type EventConnection { edges: [EventEdge!]! nodes: [Event!]! pageInfo: PageInfo!
}
  type BulkOperation implements Node {
  id: ID! status: String! errorCode: String objectCount: UnsignedInt64! rootObjectCount: UnsignedInt64!
  fileSize: UnsignedInt64 url: URL partialDataUrl: URL query: String! createdAt: DateTime!
  completedAt: DateTime } type CodedUserError { field: [String!] message: String! code: String } type ApiVersion {
  handle: String! displayName: String! supported: Boolean! } type WebhookSubscription implements Node { id: ID!
  uri: String! topic: WebhookSubscriptionTopic! format: WebhookSubscriptionFormat! apiVersion: ApiVersion!
  createdAt: DateTime! updatedAt: DateTime! } type WebhookSubscriptionEdge { cursor: String!
  node: WebhookSubscription! } type WebhookSubscriptionConnection { edges: [WebhookSubscriptionEdge!]!
  nodes: [WebhookSubscription!]! pageInfo: PageInfo! } type Shop implements Node { id: ID! name: String!
  myshopifyDomain: String! currencyCode: CurrencyCode!
}
  type QueryRoot {
  shop: Shop! node(id: ID!): Node nodes(ids: [ID!]!): [Node]! customers(first: Int, after: String, query: String,
  reverse: Boolean, sortKey: CustomerSortKeys): CustomerConnection! customer(id: ID!): Customer products(first: Int,
  after: String, query: String, reverse: Boolean, sortKey: ProductSortKeys): ProductConnection!
  product(id: ID!): Product productVariants(first: Int, after: String, query: String, reverse: Boolean,
  sortKey: ProductVariantSortKeys): ProductVariantConnection! inventoryItems(first: Int, after: String,
  query: String, reverse: Boolean): InventoryItemConnection! orders(first: Int, after: String, query: String,
  reverse: Boolean, sortKey: OrderSortKeys): OrderConnection! order(id: ID!): Order companies(first: Int,
  after: String, query: String, reverse: Boolean, sortKey: CompanySortKeys): CompanyConnection! events(first: Int,
  after: String, query: String, reverse: Boolean): EventConnection bulkOperation(id: ID!): BulkOperation
  webhookSubscriptions(first: Int, after: String): WebhookSubscriptionConnection!
}
  input MetafieldInput {
  namespace: String key: String value: String type: String id: ID } input CustomerInput { id: ID firstName: String
  lastName: String email: String phone: String note: String tags: [String!] taxExempt: Boolean locale: String
  addresses: [MailingAddressInput!] metafields: [MetafieldInput!] } input CustomerDeleteInput { id: ID! } input ProductCreateInput { title: String
  handle: String descriptionHtml: String productType: String vendor: String tags: [String!] status: String
  metafields: [MetafieldInput!] } input ProductUpdateInput { id: ID title: String handle: String
  descriptionHtml: String productType: String vendor: String tags: [String!] status: String
  metafields: [MetafieldInput!] } input ProductDeleteInput { id: ID! } input InventoryItemInput { sku: String
  tracked: Boolean cost: Decimal } input VariantOptionValueInput { id: ID name: String optionId: ID
  optionName: String } input ProductVariantsBulkInput { id: ID barcode: String price: Money compareAtPrice: Money
  taxable: Boolean inventoryPolicy: String inventoryItem: InventoryItemInput optionValues: [VariantOptionValueInput!]
  metafields: [MetafieldInput!] } input InventoryQuantityInput { inventoryItemId: ID! locationId: ID! quantity: Int!
  changeFromQuantity: Int } input InventorySetQuantitiesInput { name: String! reason: String!
  referenceDocumentUri: String quantities: [InventoryQuantityInput!]! } input MailingAddressInput { address1: String
  address2: String city: String company: String countryCode: CountryCode firstName: String lastName: String
  phone: String provinceCode: String zip: String } input FulfillmentTrackingInput { company: String number: String numbers: [String!] url: URL urls: [URL!] } input OrderInput { id: ID! email: String phone: String
  note: String poNumber: String tags: [String!] shippingAddress: MailingAddressInput } input MoneyInput {
  amount: Decimal! currencyCode: CurrencyCode! } input MoneyBagInput { shopMoney: MoneyInput!
  presentmentMoney: MoneyInput } input OrderCreateTaxLineInput { title: String! rate: Decimal!
  priceSet: MoneyBagInput } input OrderCreateLineItemInput { title: String variantTitle: String sku: String
  quantity: Int! variantId: ID priceSet: MoneyBagInput taxLines: [OrderCreateTaxLineInput!] }
  input OrderCreateShippingLineInput { title: String! priceSet: MoneyBagInput! taxLines: [OrderCreateTaxLineInput!] }
  input OrderCreateAssociateCustomerAttributesInput { id: ID email: String } input OrderCreateCustomerInput @oneOf {
  toAssociate: OrderCreateAssociateCustomerAttributesInput } input OrderCreateOrderInput { name: String email: String
  phone: String note: String poNumber: String tags: [String!] test: Boolean processedAt: DateTime
  taxesIncluded: Boolean currency: CurrencyCode financialStatus: OrderCreateFinancialStatus
  shippingAddress: MailingAddressInput billingAddress: MailingAddressInput customer: OrderCreateCustomerInput
  lineItems: [OrderCreateLineItemInput!] shippingLines: [OrderCreateShippingLineInput!]
  metafields: [MetafieldInput!] } input FulfillmentOrderLineItemInput { id: ID! quantity: Int! }
  input FulfillmentOrderLineItemsInput { fulfillmentOrderId: ID!
  fulfillmentOrderLineItems: [FulfillmentOrderLineItemInput!] } input FulfillmentInput {
  lineItemsByFulfillmentOrder: [FulfillmentOrderLineItemsInput!]! trackingInfo: FulfillmentTrackingInput
  notifyCustomer: Boolean } input OrderTransactionInput { orderId: ID! parentId: ID kind: OrderTransactionKind!
  gateway: String! amount: Money! } input RefundInput { orderId: ID! note: String currency: CurrencyCode
  transactions: [OrderTransactionInput!] } input CompanyInput {
  name: String externalId: String note: String customerSince: DateTime } input CompanyCreateInput {
  company: CompanyInput! } input WebhookSubscriptionInput { uri: String format: WebhookSubscriptionFormat
  filter: String includeFields: [String!] name: String
}
  type CustomerCreatePayload {
  customer: Customer userErrors: [UserError!]! } type CustomerUpdatePayload { customer: Customer
  userErrors: [UserError!]! } type CustomerAddressCreatePayload { address: MailingAddress
  userErrors: [UserError!]! } type CustomerAddressUpdatePayload { address: MailingAddress
  userErrors: [UserError!]! } type CustomerAddressDeletePayload { deletedAddressId: ID
  userErrors: [UserError!]! } type CustomerDeletePayload { deletedCustomerId: ID
  userErrors: [UserError!]! } type ProductCreatePayload { product: Product
  userErrors: [UserError!]! } type ProductUpdatePayload { product: Product
  userErrors: [UserError!]! } type ProductDeletePayload { deletedProductId: ID
  userErrors: [UserError!]! } type ProductVariantsBulkCreatePayload { product: Product
  productVariants: [ProductVariant!] userErrors: [CodedUserError!]! } type ProductVariantsBulkUpdatePayload {
  product: Product productVariants: [ProductVariant!]
  userErrors: [CodedUserError!]! } type ProductVariantsBulkDeletePayload { product: Product
  userErrors: [CodedUserError!]! } type InventoryAdjustmentGroup implements Node {
  id: ID! } type InventorySetQuantitiesPayload { inventoryAdjustmentGroup: InventoryAdjustmentGroup
  userErrors: [CodedUserError!]! } type FulfillmentTrackingInfoUpdatePayload {
  fulfillment: Fulfillment userErrors: [UserError!]! } type FulfillmentCancelPayload { fulfillment: Fulfillment
  userErrors: [UserError!]! } type FulfillmentCreatePayload {
  fulfillment: Fulfillment userErrors: [UserError!]! } type RefundCreatePayload { refund: Refund order: Order
  userErrors: [UserError!]! } type OrderCreatePayload { order: Order
  userErrors: [CodedUserError!]! } type OrderUpdatePayload { order: Order
  userErrors: [UserError!]! } type CompanyCreatePayload { company: Company
  userErrors: [CodedUserError!]! } type CompanyUpdatePayload { company: Company
  userErrors: [CodedUserError!]! } type CompanyDeletePayload { deletedCompanyId: ID
  userErrors: [CodedUserError!]! } type BulkOperationRunQueryPayload { bulkOperation: BulkOperation
  userErrors: [CodedUserError!]! } type WebhookSubscriptionCreatePayload { webhookSubscription: WebhookSubscription
  userErrors: [UserError!]! } type WebhookSubscriptionDeletePayload { deletedWebhookSubscriptionId: ID
  userErrors: [UserError!]!
}
  type Mutation {
  customerCreate(input: CustomerInput!): CustomerCreatePayload
  customerUpdate(input: CustomerInput!): CustomerUpdatePayload
  customerDelete(input: CustomerDeleteInput!): CustomerDeletePayload
  customerAddressCreate(customerId: ID!, address: MailingAddressInput!,
  setAsDefault: Boolean): CustomerAddressCreatePayload
  customerAddressUpdate(customerId: ID!, addressId: ID!, address: MailingAddressInput!,
  setAsDefault: Boolean): CustomerAddressUpdatePayload
  customerAddressDelete(customerId: ID!, addressId: ID!): CustomerAddressDeletePayload
  productCreate(product: ProductCreateInput): ProductCreatePayload
  productUpdate(product: ProductUpdateInput): ProductUpdatePayload productDelete(input: ProductDeleteInput!,
  synchronous: Boolean): ProductDeletePayload productVariantsBulkCreate(productId: ID!,
  variants: [ProductVariantsBulkInput!]!): ProductVariantsBulkCreatePayload productVariantsBulkUpdate(productId: ID!,
  variants: [ProductVariantsBulkInput!]!, allowPartialUpdates: Boolean): ProductVariantsBulkUpdatePayload
  productVariantsBulkDelete(productId: ID!, variantsIds: [ID!]!): ProductVariantsBulkDeletePayload
  inventorySetQuantities(input: InventorySetQuantitiesInput!): InventorySetQuantitiesPayload
  fulfillmentTrackingInfoUpdate(fulfillmentId: ID!, trackingInfoInput: FulfillmentTrackingInput!,
  notifyCustomer: Boolean): FulfillmentTrackingInfoUpdatePayload fulfillmentCancel(id: ID!): FulfillmentCancelPayload
  orderCreate(order: OrderCreateOrderInput!): OrderCreatePayload
  fulfillmentCreate(fulfillment: FulfillmentInput!): FulfillmentCreatePayload
  refundCreate(input: RefundInput!): RefundCreatePayload
  orderUpdate(input: OrderInput!): OrderUpdatePayload companyCreate(input: CompanyCreateInput!): CompanyCreatePayload
  companyUpdate(companyId: ID!, input: CompanyInput!): CompanyUpdatePayload
  companyDelete(id: ID!): CompanyDeletePayload bulkOperationRunQuery(query: String!,
  groupObjects: Boolean!): BulkOperationRunQueryPayload webhookSubscriptionCreate(topic: WebhookSubscriptionTopic!,
  webhookSubscription: WebhookSubscriptionInput!): WebhookSubscriptionCreatePayload
  webhookSubscriptionDelete(id: ID!): WebhookSubscriptionDeletePayload
}
  schema { query: QueryRoot mutation: Mutation }
`
