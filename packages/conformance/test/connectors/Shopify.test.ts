import { conformance } from "@syncline/conformance"
import { shopify } from "@syncline/connector-shopify"
import { sandbox } from "@syncline/connector-shopify/sandbox"
import { freshDatabase } from "../../../../tooling/PostgresForTests.ts"


conformance(shopify, sandbox, { database: () => freshDatabase() })
