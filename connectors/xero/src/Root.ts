/** The Accounting API, whose version stands in its path. https://developer.xero.com/documentation/api/accounting/overview */
export const apiVersion = "2.0"

/** Before every path. */
export const root = `/api.xro/${apiVersion}`
