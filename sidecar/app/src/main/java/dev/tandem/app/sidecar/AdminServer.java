package dev.tandem.app.sidecar;

import dev.tandem.app.config.HostPort;
import dev.tandem.app.metrics.Metrics;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Handler;
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
    private final Map<String, Extra> extras = new HashMap<>();
    private final HttpServer server;

    /** One page more than every process has. */
    sealed interface Extra {
        HttpMethod method();

        String path();
    }

    /**
     * A page of JSON.
     *
     * @param method GET, or POST for what changes something: that is only taken from this machine, and as JSON, which no web
     *     page can send here
     * @param answer is given the request's body, empty if it has none; a failure's message is a sentence for people
     */
    record Page(HttpMethod method, String path, Function<JsonObject, Future<JsonObject>> answer) implements Extra {}

    /**
     * A page that takes or gives what is long and no JSON, and answers itself. It is only served to this machine.
     *
     * @param handler called on the context that the server was started on
     */
    record Stream(HttpMethod method, String path, Handler<HttpServerRequest> handler) implements Extra {}

    private AdminServer(
            Vertx vertx,
            Metrics metrics,
            Supplier<Future<String>> readiness,
            JsonObject version,
            List<? extends Extra> extras) {
        extras.forEach(extra -> this.extras.put(key(extra.method(), extra.path()), extra));
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
     * @param extras those that are not in every process
     */
    static Future<AdminServer> start(
            Vertx vertx,
            HostPort at,
            Metrics metrics,
            Supplier<Future<String>> readiness,
            JsonObject version,
            List<? extends Extra> extras) {
        AdminServer admin = new AdminServer(vertx, metrics, readiness, version, extras);
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
        Extra extra = extras.get(key(request.method(), request.path()));
        if (extra instanceof Page page) {
            serve(page, request);
            return;
        } else if (extra instanceof Stream stream) {
            if (isFromHere(request)) {
                stream.handler().handle(request);
            }
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

    private static String key(HttpMethod method, String path) {
        return method + " " + path;
    }

    static JsonObject error(String sentence) {
        return new JsonObject().put("error", sentence);
    }

    private void serve(Page page, HttpServerRequest request) {
        if (page.method().equals(HttpMethod.POST)) {
            if (!isFromHere(request)) {
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

    /** Answers those that are not. */
    private static boolean isFromHere(HttpServerRequest request) {
        boolean isHere = isFromHere(
                request.remoteAddress().hostAddress(), request.localAddress().hostAddress());
        if (!isHere) {
            answer(request, 403, error("this is only served to the machine or pod itself"));
        }
        return isHere;
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

    static void answer(HttpServerRequest request, int status, JsonObject body) {
        request.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(body.toBuffer());
    }
}
