package dev.tandem.app.sidecar;

import dev.tandem.app.config.SidecarConfig;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vertx.core.spi.VertxTracerFactory;
import io.vertx.tracing.opentelemetry.OpenTelemetryTracingFactory;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends a span of every sampled call to an OpenTelemetry collector, by OTLP over HTTP.
 *
 * <p>Only a sidecar that is configured to trace loads this class, and with it the SDK.
 */
public final class Tracing {
    /** The most spans that wait to be sent; more are lost, so that a collector that is away costs no memory. */
    private static final int SPANS_MAX = 2048;

    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SEND_INTERVAL = Duration.ofSeconds(1);

    /** How long the last spans may take to be sent when the sidecar ends. */
    private static final long CLOSE_SECONDS_MAX = 2;

    private final OpenTelemetrySdk sdk;

    private Tracing(OpenTelemetrySdk sdk) {
        this.sdk = sdk;
    }

    /** Begins to trace. */
    public static Tracing start(SidecarConfig.Tracing config, String version) {
        Logging.bridgeJavaLogging(); // the exporter says there that a collector is away
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(tracesOf(config.endpoint()).toString())
                .setTimeout(SEND_TIMEOUT);
        headers(config.headers(), exporter);
        Resource resource = Resource.getDefault()
                .merge(Resource.create(Attributes.of(
                        AttributeKey.stringKey("service.name"),
                        config.serviceName(),
                        AttributeKey.stringKey("service.version"),
                        version)));
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(resource)
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(config.sample())))
                .addSpanProcessor(BatchSpanProcessor.builder(exporter.build())
                        .setMaxQueueSize(SPANS_MAX)
                        .setScheduleDelay(SEND_INTERVAL)
                        .setExporterTimeout(SEND_TIMEOUT)
                        .build())
                .build();
        return new Tracing(OpenTelemetrySdk.builder()
                .setTracerProvider(provider)
                .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
                .build());
    }

    /** What Vert.x makes its spans by. */
    public VertxTracerFactory factory() {
        return new OpenTelemetryTracingFactory(sdk);
    }

    /** Sends what is left, for a bounded time. Blocks. */
    public void close() {
        sdk.shutdown().join(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    }

    /** The collector's own path for traces, unless another is given. */
    static URI tracesOf(URI endpoint) {
        String path = endpoint.getPath();
        return path == null || path.isEmpty() || path.equals("/") ? endpoint.resolve("/v1/traces") : endpoint;
    }

    private static void headers(@Nullable String headers, OtlpHttpSpanExporterBuilder exporter) {
        if (headers == null) {
            return;
        }
        for (String header : headers.split(",", -1)) {
            int equals = header.indexOf('=');
            if (equals > 0) {
                exporter.addHeader(
                        header.substring(0, equals).strip(),
                        header.substring(equals + 1).strip());
            }
        }
    }
}
