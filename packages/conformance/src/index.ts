export { conformance, type Options } from "./Conformance.ts"
