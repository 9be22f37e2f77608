import { conformance } from "@syncline/conformance"
import { stripe } from "@syncline/connector-stripe"
import { sandbox } from "@syncline/connector-stripe/sandbox"
import { fileURLToPath } from "node:url"
import { freshDatabase } from "../../../../tooling/PostgresForTests.ts"

const readme = fileURLToPath(new URL("../../../../connectors/stripe/README.md", import.meta.url))

conformance(stripe, sandbox, { database: () => freshDatabase(), readme })
