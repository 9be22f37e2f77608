import { conformance } from "@syncline/conformance"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import { acme, sandbox } from "./Acme.ts"

conformance(acme(), sandbox, { database: () => freshDatabase() })
