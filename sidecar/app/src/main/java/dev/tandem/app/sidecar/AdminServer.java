package dev.tandem.app.sidecar;

import dev.tandem.app.config.HostPort;
import dev.tandem.app.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import java.net.BindException;
import java.util.function.Supplier;

/** The admin port: {@code /metrics}, {@code /healthz}, {@code /readyz} and {@code /version}. */
final class AdminServer {
    private static final int CONNECTION_IDLE_SECONDS = 60;

    private final Vertx vertx;
    private final Metrics metrics;
    private final Supplier<Future<String>> readiness;
    private final JsonObject version;
    private final HttpServer server;

    private AdminServer(Vertx vertx, Metrics metrics, Supplier<Future<String>> readiness, JsonObject version) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.readiness = readiness;
        this.version = version;
        this.server = vertx.createHttpServer(new HttpServerOptions()
                        .setIdleTimeout(CONNECTION_IDLE_SECONDS)
                        .setTracingPolicy(TracingPolicy.IGNORE))
                .requestHandler(this::handle);
    }

    /**
     * Listens.
     *
     * @param readiness why calls are not served now; empty if they are. Never fails
     */
    static Future<AdminServer> start(
            Vertx vertx, HostPort at, Metrics metrics, Supplier<Future<String>> readiness, JsonObject version) {
        AdminServer admin = new AdminServer(vertx, metrics, readiness, version);
        return admin.server
                .listen(at.port(), at.host())
                .map(admin)
                .recover(failure -> Future.failedFuture(new StartException(sentence(at, failure), failure)));
    }

    private static String sentence(HostPort at, Throwable failure) {
        if (failure instanceof BindException) {
            return "the admin address " + at + " can't be listened on (" + failure.getMessage()
                    + "): end the program that uses it, or choose another by --admin host:port, or none by --admin off.";
        }
        return "the admin address " + at + " can't be listened on (" + failure.getMessage()
                + "): choose another by --admin host:port.";
    }

    int port() {
        return server.actualPort();
    }

    Future<Void> close() {
        return server.close();
    }

    private void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            request.response().putHeader("allow", "GET, HEAD");
            answer(request, 405, new JsonObject().put("error", "only GET and HEAD are served here"));
            return;
        }
        switch (request.path()) {
            case "/metrics" -> metrics(request);
            case "/healthz" -> answer(request, 200, new JsonObject().put("status", "ok"));
            case "/readyz" ->
                readiness.get().onSuccess(reason -> {
                    JsonObject body = new JsonObject().put("status", reason.isEmpty() ? "ready" : "not ready");
                    answer(request, reason.isEmpty() ? 200 : 503, reason.isEmpty() ? body : body.put("reason", reason));
                });
            case "/version" -> answer(request, 200, version);
            default ->
                answer(
                        request,
                        404,
                        new JsonObject()
                                .put("error", "no such page; there are /metrics, /healthz, /readyz and /version"));
        }
    }

    /** Off the event loop: to write all meters takes milliseconds, for which no call should wait. */
    private void metrics(HttpServerRequest request) {
        metrics.refresh()
                .compose(fresh -> vertx.executeBlocking(metrics::scrape, false))
                .onSuccess(text -> request.response()
                        .putHeader("content-type", "text/plain; version=0.0.4; charset=utf-8")
                        .end(text))
                .onFailure(failure -> answer(
                        request,
                        500,
                        new JsonObject().put("error", "the metrics can't be read: " + failure.getMessage())));
    }

    private static void answer(HttpServerRequest request, int status, JsonObject body) {
        request.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(body.toBuffer());
    }
}
