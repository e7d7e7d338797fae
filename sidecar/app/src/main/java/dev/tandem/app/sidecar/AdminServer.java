package dev.tandem.app.sidecar;

import dev.tandem.app.config.HostPort;
import dev.tandem.app.metrics.Metrics;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import java.net.BindException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** The admin port: {@code /metrics}, {@code /healthz}, {@code /readyz} and {@code /version}. */
final class AdminServer {
    private static final int CONNECTION_IDLE_SECONDS = 60;
    private static final int BODY_BYTES_MAX = 4096;

    private final Vertx vertx;
    private final Metrics metrics;
    private final Supplier<Future<String>> readiness;
    private final JsonObject version;
    private final Map<String, Page> pages = new HashMap<>();
    private final HttpServer server;

    /**
     * One page more than every process has: JSON.
     *
     * @param method GET, or POST for what changes something: that is only taken from this machine, and as JSON, which no web
     *     page can send here
     * @param answer is given the request's body, empty if it has none; a failure's message is a sentence for people
     */
    record Page(HttpMethod method, String path, Function<JsonObject, Future<JsonObject>> answer) {}

    private AdminServer(
            Vertx vertx, Metrics metrics, Supplier<Future<String>> readiness, JsonObject version, List<Page> pages) {
        pages.forEach(page -> this.pages.put(page.path(), page));
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
     * @param pages those that are not in every process
     */
    static Future<AdminServer> start(
            Vertx vertx,
            HostPort at,
            Metrics metrics,
            Supplier<Future<String>> readiness,
            JsonObject version,
            List<Page> pages) {
        AdminServer admin = new AdminServer(vertx, metrics, readiness, version, pages);
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
        Page page = pages.get(request.path());
        if (page != null && page.method().equals(request.method())) {
            serve(page, request);
            return;
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            request.response().putHeader("allow", "GET, HEAD");
            answer(request, 405, error("only GET and HEAD are served here"));
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
            default -> answer(request, 404, error("no such page; there are /metrics, /healthz, /readyz and /version"));
        }
    }

    private static JsonObject error(String sentence) {
        return new JsonObject().put("error", sentence);
    }

    private void serve(Page page, HttpServerRequest request) {
        if (page.method().equals(HttpMethod.POST)) {
            if (!isFromHere(
                    request.remoteAddress().hostAddress(),
                    request.localAddress().hostAddress())) {
                answer(request, 403, error("this is only taken from the machine or pod itself"));
                return;
            }
            if (!"application/json".equals(request.getHeader("content-type")) || bodyBytes(request) > BODY_BYTES_MAX) {
                answer(request, 415, error("this is only taken as application/json, and not long"));
                return;
            }
        }
        request.body()
                .map(body -> body.length() == 0 ? new JsonObject() : body.toJsonObject())
                .compose(page.answer())
                .onSuccess(answer -> answer(request, 200, answer))
                .onFailure(failure -> answer(request, 409, error(StartException.messageOf(failure))));
    }

    /** Whether a caller is in the same pod or on the same machine, as an operator's shell is. */
    static boolean isFromHere(String remote, String local) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(remote);
        return remote.equals(local) || (address != null && address.isLoopbackAddress());
    }

    /** As it is announced; one that is not counts as too long. */
    private static long bodyBytes(HttpServerRequest request) {
        String announced = request.getHeader("content-length");
        return announced == null || !announced.matches("\\d{1,9}") ? Long.MAX_VALUE : Long.parseLong(announced);
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
