export { apiVersion, Config, hubspot } from "./HubSpot.ts"
