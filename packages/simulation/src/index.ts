export * as Seed from "./Seed.ts"
