export * from "./Engine.ts"
export * from "./EngineError.ts"
export * from "./Project.ts"
export * from "./Report.ts"
