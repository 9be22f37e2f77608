/** The account's own record: `GET /v1/account`. https://docs.stripe.com/api/accounts */

export const accountId = "acct_1SyncLineB7Wz01zg"

export const accountShape = (created: number) => ({
  id: accountId,
  object: "account" as const,
  business_profile: {
    annual_revenue: null,
    estimated_worker_count: null,
    mcc: null,
    minority_owned_business_designation: null,
    name: "Syncline Sandbox",
    product_description: null,
    specified_commercial_transactions_act_url: null,
    support_address: null,
    support_email: null,
    support_phone: null,
    support_url: null,
    url: null
  },
  business_type: null,
  capabilities: { card_payments: "active", transfers: "active" },
  charges_enabled: true,
  controller: { type: "account" },
  country: "US",
  created,
  default_currency: "usd",
  details_submitted: true,
  email: "owner@example.com",
  metadata: {},
  payouts_enabled: true,
  type: "standard"
})
