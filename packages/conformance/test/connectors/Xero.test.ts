import { conformance } from "@syncline/conformance"
import { xero } from "@syncline/connector-xero"
import { sandbox } from "@syncline/connector-xero/sandbox"
import { fileURLToPath } from "node:url"
import { freshDatabase } from "../../../../tooling/PostgresForTests.ts"

const readme = fileURLToPath(new URL("../../../../connectors/xero/README.md", import.meta.url))

conformance(xero, sandbox, { database: () => freshDatabase(), readme })
