import { assert, it } from "@effect/vitest"
import { Option } from "effect"
import * as Choices from "./Choices.ts"
import * as RecordName from "./RecordName.ts"

const side = (field: string, side: "source" | "target") => ({ field, choice: side })
const value = (field: string, value: unknown) => ({ field, choice: { value } })

it.each<readonly [string, unknown]>([
  ["name=source", side("name", "source")],
  ["address.city=target", side("address.city", "target")],
  ["@record=source", side("", "source")],
  [`name:="Ada"`, value("name", "Ada")],
  [`name:="a=b"`, value("name", "a=b")],
  ["tags:=[1,2]", value("tags", [1, 2])],
  ["phone:=null", value("phone", null)],
  ["name=Ada", null],
  ["name:=Ada", null],
  ["=source", null],
  [":=1", null],
  ["name", null]
])("the choice %j is %j", (text, choice) => assert.deepStrictEqual(Option.getOrNull(Choices.parse(text)), choice))

it.each<readonly [string, unknown]>([
  ["customer:cus_1", { entity: "customer", id: "cus_1" }],
  ["product:gid://shopify/Product/1", { entity: "product", id: "gid://shopify/Product/1" }],
  ["crm/contacts:~t7", { entity: "crm/contacts", id: "~t7" }],
  ["customer", null],
  ["customer:", null],
  [":cus_1", null]
])("the record %j is %j", (text, record) => assert.deepStrictEqual(Option.getOrNull(RecordName.parse(text)), record))
