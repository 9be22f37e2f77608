export { type Files, files } from "./Files.ts"
