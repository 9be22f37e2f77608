/** What the workers of `npm run chaos` load. */
import { project } from "./src/chaos/Project.ts"

export default project
