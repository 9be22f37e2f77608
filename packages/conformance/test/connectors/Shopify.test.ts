import { conformance } from "@syncline/conformance"
import { shopify } from "@syncline/connector-shopify"
import { sandbox } from "@syncline/connector-shopify/sandbox"
import { fileURLToPath } from "node:url"
import { freshDatabase } from "../../../../tooling/PostgresForTests.ts"

const readme = fileURLToPath(new URL("../../../../connectors/shopify/README.md", import.meta.url))

conformance(shopify, sandbox, { database: () => freshDatabase(), readme })
