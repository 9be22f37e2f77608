export type * as Fate from "./Fate.ts"
export * as Seed from "./Seed.ts"
export * as SimulatedProcess from "./SimulatedProcess.ts"
export * as World from "./World.ts"
