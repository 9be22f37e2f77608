/** Tables for the conformance checks. */
export { sandbox } from "./Sandbox.ts"
