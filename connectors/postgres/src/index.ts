export * as Capture from "./Capture.ts"
export { Config, postgres } from "./Postgres.ts"
export { OnDelete, Table } from "./Settings.ts"
