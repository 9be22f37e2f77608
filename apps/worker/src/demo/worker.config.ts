/** What the demo's worker loads. */
import { project } from "./WorkerConfig.ts"

export default project
