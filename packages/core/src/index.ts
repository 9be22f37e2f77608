export * from "./Ids.ts"
export * from "./Fields.ts"
export * from "./Reference.ts"
