import { conformance } from "@syncline/conformance"
import { hubspot } from "@syncline/connector-hubspot"
import { sandbox } from "@syncline/connector-hubspot/sandbox"
import { fileURLToPath } from "node:url"
import { freshDatabase } from "../../../../tooling/PostgresForTests.ts"

const readme = fileURLToPath(new URL("../../../../connectors/hubspot/README.md", import.meta.url))

conformance(hubspot, sandbox, { database: () => freshDatabase(), readme })
