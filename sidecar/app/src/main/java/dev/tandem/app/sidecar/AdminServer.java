package dev.tandem.app.sidecar;

import dev.tandem.app.config.HostPort;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.migration.StepRefused;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import java.net.BindException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin port: {@code /metrics}, {@code /healthz}, {@code /readyz}, {@code /version}, and what else a process has to show or to do.
 *
 * <p>What shows how the process stands is open to all who reach the port. What changes something is taken from this machine only, and with the admin
 * token if one is configured. What needs that token, {@link Page#isGuarded}, is served to whoever has it, from anywhere.
 */
final class AdminServer {
    private static final int CONNECTION_IDLE_SECONDS = 60;
    private static final int BODY_BYTES_MAX = 4096;

    private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

    private final Vertx vertx;
    private final AdminToken token;
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
     * @param method GET, or POST for what changes something: that is only taken as JSON, which no web page can send here
     * @param isGuarded whether it is for operators, who have the admin token; else what changes something is only taken from this machine
     * @param answer is given the request's body, of a GET its parameters; a failure's message is a sentence for people
     */
    record Page(HttpMethod method, String path, boolean isGuarded, Function<JsonObject, Future<JsonObject>> answer)
            implements Extra {
        Page(HttpMethod method, String path, Function<JsonObject, Future<JsonObject>> answer) {
            this(method, path, false, answer);
        }
    }

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
            AdminToken token,
            List<? extends Extra> extras) {
        extras.forEach(extra -> this.extras.put(key(extra.method(), extra.path()), extra));
        this.vertx = vertx;
        this.metrics = metrics;
        this.readiness = readiness;
        this.version = version;
        this.token = token;
        this.server = vertx.createHttpServer(new HttpServerOptions()
                        .setIdleTimeout(CONNECTION_IDLE_SECONDS)
                        .setTracingPolicy(TracingPolicy.IGNORE))
                .requestHandler(this::handle);
    }

    /**
     * Listens.
     *
     * @param readiness why calls are not served now; empty if they are. Never fails
     * @param token of operators
     * @param extras those that are not in every process
     */
    static Future<AdminServer> start(
            Vertx vertx,
            HostPort at,
            Metrics metrics,
            Supplier<Future<String>> readiness,
            JsonObject version,
            AdminToken token,
            List<? extends Extra> extras) {
        AdminServer admin = new AdminServer(vertx, metrics, readiness, version, token, extras);
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
        if (extra != null) {
            if (isAllowed(extra, request)) {
                serve(extra, request);
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

    /** Answers those whom it is not for. */
    private boolean isAllowed(Extra extra, HttpServerRequest request) {
        boolean isGuarded = extra instanceof Page page && page.isGuarded();
        boolean isChange = extra.method().equals(HttpMethod.POST);
        if (isGuarded && !token.isConfigured()) {
            answer(
                    request,
                    403,
                    error("this is for operators, who are known by a token, and none is configured: set admin_token (or"
                            + " admin_token_file), and send it as Authorization: Bearer TOKEN"));
        } else if (!isGuarded && (isChange || extra instanceof Stream) && !isFromHere(request)) {
            answer(request, 403, error("this is only served to the machine or pod itself"));
        } else if ((isGuarded || isChange) && token.isConfigured() && !token.isIn(request)) {
            request.response().putHeader("www-authenticate", "Bearer");
            answer(
                    request,
                    401,
                    error("this needs the admin token that is configured here (admin_token): send it as Authorization:"
                            + " Bearer TOKEN"));
        } else {
            return true;
        }
        return false;
    }

    private void serve(Extra extra, HttpServerRequest request) {
        if (extra instanceof Stream stream) {
            stream.handler().handle(request);
        } else if (extra instanceof Page page) {
            boolean isChange = page.method().equals(HttpMethod.POST);
            if (isChange && (!isJson(request) || bodyBytes(request) > BODY_BYTES_MAX)) {
                answer(request, 415, error("this is only taken as application/json, and not long"));
                return;
            }
            (isChange
                            ? request.body().map(AdminServer::json)
                            : Future.succeededFuture(request).map(AdminServer::parameters))
                    .compose(page.answer())
                    .onSuccess(answer -> answer(request, 200, answer))
                    .onFailure(failure -> refuse(page, request, failure));
        }
    }

    private static JsonObject json(Buffer body) {
        try {
            return body.length() == 0 ? new JsonObject() : body.toJsonObject();
        } catch (DecodeException | ClassCastException e) {
            throw PageRefused.badInput("the body must be one JSON object");
        }
    }

    private static JsonObject parameters(HttpServerRequest request) {
        JsonObject json = new JsonObject();
        try {
            for (Map.Entry<String, String> each : request.params()) {
                if (json.containsKey(each.getKey())) {
                    throw PageRefused.badInput(each.getKey() + " is given twice");
                }
                json.put(each.getKey(), each.getValue());
            }
        } catch (IllegalArgumentException e) {
            throw PageRefused.badInput("what stands behind the question mark is no list of NAME=VALUE");
        }
        return json;
    }

    /** Says whether a change may have been made all the same, as it may unless it was refused. */
    private static void refuse(Page page, HttpServerRequest request, Throwable failure) {
        JsonObject body = error(StartException.messageOf(failure));
        if (failure instanceof PageRefused refused) {
            answer(request, refused.status(), body);
            return;
        } else if (failure instanceof StepRefused) {
            answer(request, 409, body);
            return;
        }
        boolean isAway = failure instanceof StoreException store && store.kind() != FailureKind.CORRUPT;
        if (!isAway) {
            log.warn("{} failed", page.path(), failure);
        }
        answer(
                request,
                isAway ? 503 : 500,
                body.put("maybe_applied", page.method().equals(HttpMethod.POST)));
    }

    private static boolean isFromHere(HttpServerRequest request) {
        return isFromHere(
                request.remoteAddress().hostAddress(), request.localAddress().hostAddress());
    }

    private static boolean isJson(HttpServerRequest request) {
        return "application/json".equals(request.getHeader("content-type"));
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
