/**
 * Fields as the form parameters that set them: `address[city]=Paris`, `images[0]=…`. Only what differs from `base` is sent, and the
 * empty string clears. https://docs.stripe.com/api/metadata
 */
import { Fingerprint, type Fields } from "@syncline/core"
import type { Schema } from "effect"
import * as Marker from "./Marker.ts"

export type Form = Readonly<Record<string, string>>

/** Of a new record. What is null there anyway is left out. */
export const created = (fields: Fields): Form =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => whole(name, value, undefined)))

/** Of a change. A field that `base` holds already is left out; one that `base` does not tell of is cleared by null all the same. */
export const updated = (fields: Fields, base: Fields): Form =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]): ReadonlyArray<Parameter> => {
      const before = base[name]
      if (isSame(value, before)) return []
      if (name === "metadata") return metadata(hashOf(value), hashOf(before))
      return value === null && before === undefined ? [[name, ""]] : whole(name, value, before)
    })
  )

export const isSame = (one: Schema.Json | undefined, other: Schema.Json | undefined): boolean =>
  one === undefined || other === undefined ? one === other : Fingerprint.canonical(one) === Fingerprint.canonical(other)

type Parameter = readonly [name: string, value: string]

/** Key by key, since keys that are not sent stay. */
const metadata = (fields: Fields, base: Fields): ReadonlyArray<Parameter> =>
  Object.keys({ ...base, ...fields })
    .filter((key) => !isSame(fields[key], base[key]) && (key !== Marker.name || fields[key] !== undefined))
    .flatMap((key) => whole(`metadata[${key}]`, fields[key] ?? null, base[key]))

/**
 * An object within a record goes with all its members: Stripe asks for the required ones again when another changes, and does not
 * document that the rest would stay. https://github.com/stripe/stripe-python/issues/255
 */
const whole = (name: string, value: Schema.Json, base: Schema.Json | undefined): ReadonlyArray<Parameter> => {
  const wasThere = base !== undefined && base !== null
  if (value === null) return wasThere ? [[name, ""]] : []
  if (typeof value !== "object") return [[name, String(value)]]
  if (isList(value)) {
    if (value.length === 0) return wasThere ? [[name, ""]] : []
    return value.flatMap((item, index) => whole(`${name}[${index}]`, item, undefined))
  }
  const before = hashOf(base)
  const after = hashOf(value)
  return Object.keys({ ...before, ...after }).flatMap((key) =>
    whole(`${name}[${key}]`, after[key] ?? null, before[key])
  )
}

const isList: (value: Schema.Json) => value is ReadonlyArray<Schema.Json> = Array.isArray

/** The members of an object, none of anything else. */
export const hashOf = (value: Schema.Json | undefined): Fields =>
  typeof value === "object" && value !== null && !isList(value) ? value : {}

/** `shipping[address][city]`, as Stripe names a parameter, is the field `shipping.address.city` of the record. */
export const fieldOf = (parameter: string): string => parameter.replaceAll("[", ".").replaceAll("]", "")
