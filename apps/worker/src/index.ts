/** What a configuration file imports. */
export { defineConfig, secret } from "@syncline/engine"
