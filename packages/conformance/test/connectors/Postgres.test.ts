import { conformance } from "@syncline/conformance"
import { postgres } from "@syncline/connector-postgres"
import { sandbox } from "@syncline/connector-postgres/sandbox"
import { fileURLToPath } from "node:url"
import { freshDatabase } from "../../../../tooling/PostgresForTests.ts"

const readme = fileURLToPath(new URL("../../../../connectors/postgres/README.md", import.meta.url))

conformance(postgres, sandbox, { database: () => freshDatabase(), readme })
