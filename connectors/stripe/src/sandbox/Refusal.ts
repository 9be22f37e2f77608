/** What Stripe answers when it does not do as asked. https://docs.stripe.com/api/errors */
import { Wire } from "@syncline/connector/sandbox"

export interface Refusal {
  readonly status: number
  readonly type: "invalid_request_error" | "idempotency_error" | "api_error"
  readonly message: string
  readonly code?: string
  readonly param?: string
}

const invalid = (message: string, rest: { readonly code?: string; readonly param?: string } = {}): Refusal => ({
  status: 400,
  type: "invalid_request_error",
  message,
  ...rest
})

/** A request that makes no sense for this record in its state. */
export const notPossible = (message: string, code?: string): Refusal =>
  invalid(message, code === undefined ? {} : { code })

export const invalidValue = (param: string, message: string, code?: string): Refusal =>
  invalid(message, code === undefined ? { param } : { param, code })

export const unknownParameter = (param: string): Refusal =>
  invalid(`Received unknown parameter: ${param}`, { code: "parameter_unknown", param })

export const missingParameter = (param: string): Refusal =>
  invalid(`Missing required param: ${param}.`, { code: "parameter_missing", param })

/** Stripe knows the parameter, the sandbox has nothing behind it. Better refused than silently ignored. */
export const notModelled = (param: string): Refusal =>
  invalid(`The sandbox does not model the parameter ${param}. Leave it out, or add it to the sandbox.`, { param })

/** `status` is 404 for the record that a path names, 400 for one that a parameter names. */
export const missing = (entity: string, id: string, param = "id", status: 400 | 404 = 404): Refusal => ({
  ...invalid(`No such ${entity}: '${id}'`, { code: "resource_missing", param }),
  status
})

export const unknownUrl = (method: string, path: string): Refusal => ({
  ...invalid(
    `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`
  ),
  status: 404
})

export const noKey: Refusal = {
  ...invalid(
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
  ),
  status: 401
}

/** `masked` never holds the whole key. */
export const invalidKey = (masked: string): Refusal => ({
  ...invalid(`Invalid API Key provided: ${masked}`),
  status: 401
})

export const forbidden = (masked: string, entity: string): Refusal => ({
  ...invalid(
    `The provided key '${masked}' does not have the required permissions for this endpoint. Having the 'rak_${entity}' permission would allow this request to continue.`
  ),
  status: 403
})

/** Of a platform's key and a connected account. */
export const foreignAccount = (masked: string, account: string): Refusal => ({
  ...invalid(
    `The provided key '${masked}' does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`
  ),
  code: "account_invalid",
  status: 403
})

/** The name of the code is Stripe's; status and type are believed, not checked. */
export const keyInUse = (key: string): Refusal => ({
  status: 409,
  type: "idempotency_error",
  code: "idempotency_key_in_use",
  message: `There is currently another in-progress request using this Idempotent Key (${key}). Please try again later.`
})

export const keyDiffers = (key: string): Refusal => ({
  status: 400,
  type: "idempotency_error",
  message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`
})

export const rateLimited: Refusal = {
  ...invalid("Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.", {
    code: "rate_limit"
  }),
  status: 429
}

/** Another request holds the object. */
export const lockTimeout: Refusal = {
  ...invalid(
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it.",
    {
      code: "lock_timeout"
    }
  ),
  status: 429
}

export const broken = (message: string, status = 500): Refusal => ({ status, type: "api_error", message })

/** Stripe's error envelope. */
export const reply = (refusal: Refusal, headers: Readonly<Record<string, string>> = {}): Wire.Reply => {
  const { status, ...error } = refusal
  const docs =
    error.code === undefined
      ? {}
      : { doc_url: `https://stripe.com/docs/error-codes/${error.code.replaceAll("_", "-")}` }
  return Wire.json(status, JSON.stringify({ error: { ...error, ...docs } }), headers)
}
