/** The one place that knows Effect's observability modules: metrics as Prometheus reads them, traces and metrics by OTLP, logs as JSON lines. */
import { Config, Effect, Layer, Logger, Option, References } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Otlp from "effect/observability/Otlp"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"

/** Every metric of this process, as text. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const metrics: Effect.Effect<string> = PrometheusMetrics.format()

const environment = Config.option(Config.String("OTEL_EXPORTER_OTLP_ENDPOINT"))

/** Sends traces and metrics to `OTEL_EXPORTER_OTLP_ENDPOINT`, where it is set. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export const otlp: Layer.Layer<never> = Layer.unwrap(
  Effect.map(Effect.orDie(environment), (endpoint) =>
    Option.isNone(endpoint) || endpoint.value === ""
      ? Layer.empty
      : Layer.effectDiscard(Effect.void).pipe(
          Layer.provideMerge(
            Otlp.layerJson({ baseUrl: endpoint.value, resource: { serviceName: "syncline" } }).pipe(
              Layer.provide(FetchHttpClient.layer)
            )
          )
        )
  )
)

/** `SYNCLINE_LOG_LEVEL`: from which level on it is logged; what becomes of each write is told at Debug. */
const level = Config.withDefault(Config.Literals(["Debug", "Info", "Warn", "Error"], "SYNCLINE_LOG_LEVEL"), "Info")

/** One JSON object a line, on standard error, so that standard output is free for a result. */
export const logs: Layer.Layer<never> = Layer.merge(
  Logger.layer([Logger.withConsoleError(Logger.formatJson)]),
  Layer.effect(References.MinimumLogLevel, Effect.orDie(level))
)
