/** Invented data: the same for the same seed. */
import { Seed } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import type { Size } from "./Options.ts"
import { type Shop, stock } from "./Shop.ts"

const first = ["Katherine", "Zoë", "Søren", "Анна", "愛子", "Amélie"] as const
const last = ["Warren", "Müller", "Æbel", "Орлова", "佐藤", "O'Brien"] as const
const goods = ["Surfboard", "Wetsuit", "Café Blend", "盆栽キット", "Gift Box 🎁", "Lamp"] as const

export const customer = (index: number, draw: Seed.Draw): Fields => ({
  firstName: draw.pick(first),
  lastName: draw.pick(last),
  email: draw.chance(90) ? `customer${index + 1}@example.com` : null,
  phone: draw.chance(30) ? `+4930${String(1_000_000 + index)}` : null,
  note: draw.chance(20) ? `Note ${index + 1}` : null,
  tags: draw.chance(40) ? ["vip"] : [],
  state: "ENABLED",
  taxExempt: false,
  locale: "en"
})

export const plant = (
  shop: Shop,
  { size, seed, epochMs }: { readonly size: Size; readonly seed: number; readonly epochMs: number }
): void => {
  const at = (index: number, of: number) => epochMs - (of - index) * 1000
  const customers: Array<string> = []
  for (let index = 0; index < size.customers; index += 1)
    customers.push(
      shop.create("Customer", customer(index, new Seed.Draw(seed, 1, index)), at(index, size.customers)).id
    )
  const variants: Array<{ readonly id: string; readonly price: string; readonly title: string }> = []
  for (let index = 0; index < size.products; index += 1) {
    const draw = new Seed.Draw(seed, 2, index)
    const nowMs = at(index, size.products)
    const title = `${draw.pick(goods)} ${index + 1}`
    const product = shop.create("Product", { title, tags: [], status: "ACTIVE" }, nowMs)
    const price = `${1 + draw.int(200)}.${String(draw.int(100)).padStart(2, "0")}`
    const sku = `SKU-${String(index + 1).padStart(5, "0")}`
    const variant = shop.create("ProductVariant", { productId: product.id, title: "Default Title", sku, price }, nowMs)
    stock(shop, variant.id, draw.int(50), nowMs)
    variants.push({ id: variant.id, price, title })
  }
  for (let index = 0; index < size.orders; index += 1) {
    const draw = new Seed.Draw(seed, 3, index)
    const lines = Array.from({ length: 1 + draw.int(3) }, (_, line) => {
      const variant = variants[draw.int(Math.max(1, variants.length))]
      return {
        id: `gid://shopify/LineItem/${index * 10 + line + 1}`,
        title: variant?.title ?? "Thing",
        variantId: variant?.id ?? null,
        quantity: 1 + draw.int(3),
        price: variant?.price ?? "10.00",
        tax: "0.00"
      }
    })
    shop.create(
      "Order",
      {
        name: `#${1001 + index}`,
        customerId: customers[index % Math.max(1, customers.length)] ?? null,
        lines,
        tags: []
      },
      at(index, size.orders)
    )
  }
}
