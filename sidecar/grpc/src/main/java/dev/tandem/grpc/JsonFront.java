package dev.tandem.grpc;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/**
 * Serves the methods of the API as JSON: the paths are those of the google.api.http rules, the fields are named as in the
 * proto files, errors are google.rpc.Status. Owned by one event loop.
 */
final class JsonFront {
    private static final int METHOD_NOT_ALLOWED = 405;

    private final JsonRoutes routes;
    private final Calls calls;
    private final int bodyBytesMax;

    /** @param requestBytesMax of a message; a body may have half as much again, because of base64 */
    JsonFront(List<ApiMethod<?, ?>> methods, Calls calls, int requestBytesMax) {
        this.routes = new JsonRoutes(methods);
        this.calls = calls;
        this.bodyBytesMax = requestBytesMax / 2 * 3;
    }

    void handle(HttpServerRequest request) {
        JsonExchange exchange = new JsonExchange(request);
        String path = request.path();
        try {
            if (path == null || !path.startsWith("/")) {
                throw JsonBody.refused("the address must be a path");
            }
            if (isFromAnotherSite(request)) {
                exchange.refuse(StatusMap.plain(
                        Code.PERMISSION_DENIED,
                        "CROSS_SITE",
                        "pages of other sites may not call this API from a browser"));
                return;
            }
            JsonRoutes.Match match = routes.match(request.method(), path);
            JsonRoutes.Route route = match.route();
            if (route == null || (route.method().isStream() && request.method().equals(HttpMethod.HEAD))) {
                refuseRoute(request, exchange, path, match);
            } else {
                new Incoming(request, exchange, route, match.values()).begin();
            }
        } catch (ApiException e) {
            exchange.refuse(e.status());
        }
    }

    /** Browsers let any page post forms to localhost, but say which page it was. */
    private static boolean isFromAnotherSite(HttpServerRequest request) {
        String origin = request.getHeader("Origin");
        if (origin == null) {
            return false;
        }
        var authority = request.authority();
        int scheme = origin.indexOf("://");
        return authority == null || scheme < 0 || !origin.substring(scheme + 3).equals(authority.toString());
    }

    private static void refuseRoute(
            HttpServerRequest request, JsonExchange exchange, String path, JsonRoutes.Match match) {
        if (match.allowed().isEmpty() && match.route() == null) {
            exchange.refuse(StatusMap.plain(
                    Code.NOT_FOUND, "NOT_FOUND", "there is nothing at " + Checks.shown(path) + "; see tasks.proto"));
            return;
        }
        String allowed = match.route() == null ? String.join(", ", match.allowed()) : "GET";
        request.response().putHeader("Allow", allowed);
        exchange.refuse(
                METHOD_NOT_ALLOWED,
                StatusMap.plain(
                        Code.UNIMPLEMENTED,
                        "METHOD_NOT_ALLOWED",
                        Checks.shown(request.method().name()) + " is not for this path, but " + allowed));
    }

    /** One call whose body is coming in. */
    private final class Incoming {
        private final HttpServerRequest request;
        private final JsonRoutes.Route route;
        private final List<String> pathValues;
        private final Call call;
        private Buffer body = Buffer.buffer();
        private boolean isTooLarge;

        Incoming(HttpServerRequest request, JsonExchange exchange, JsonRoutes.Route route, List<String> pathValues) {
            this.request = request;
            this.route = route;
            this.pathValues = pathValues;
            String timeout = request.getHeader(Timeouts.JSON_HEADER);
            this.call = calls.begin(
                    route.method(),
                    exchange,
                    true,
                    timeout != null ? Timeouts.ofJson(timeout) : Timeouts.ofGrpc(request.getHeader("grpc-timeout")));
        }

        void begin() {
            if (call.hasEnded()) {
                return;
            }
            request.exceptionHandler(error -> call.callerGone());
            request.response().exceptionHandler(error -> call.callerGone());
            request.response().closeHandler(closed -> call.callerGone());
            request.handler(this::onBytes);
            request.endHandler(end -> onEnd());
        }

        private void onBytes(Buffer bytes) {
            if (call.hasEnded() || isTooLarge) {
                return;
            }
            call.addRequestBytes(bytes.length());
            if (!calls.hold(bytes.length(), body.length() + bytes.length())) {
                body = Buffer.buffer();
                call.refuse(calls.tooManyBytes());
            } else if (body.length() + bytes.length() > bodyBytesMax) {
                isTooLarge = true;
                body = Buffer.buffer();
            } else {
                body.appendBuffer(bytes);
            }
        }

        private void onEnd() {
            if (call.hasEnded()) {
                return;
            }
            try {
                if (isTooLarge) {
                    throw new ApiException(StatusMap.invalid(
                            StatusMap.PAYLOAD_TOO_LARGE, "", "the body must be at most " + bodyBytesMax + " bytes"));
                }
                calls.run(call, message());
            } catch (ApiException e) {
                call.refuse(e.status());
            }
        }

        private Message message() {
            Message.Builder message = route.method().defaultRequest().newBuilderForType();
            if (route.hasBody()) {
                JsonBody.merge(body, message);
            } else if (!JsonBody.isBlank(body.getBytes())) {
                throw JsonBody.refused("this call takes no body");
            }
            JsonQuery.merge(request.query(), route, message);
            Checks checks = new Checks();
            for (int i = 0; i < pathValues.size(); i++) {
                FieldDescriptor field = route.fields().get(i);
                if (field != null) {
                    setFromPath(checks, message, field, pathValues.get(i));
                }
            }
            checks.done();
            return message.build();
        }

        private void setFromPath(Checks checks, Message.Builder message, FieldDescriptor field, String value) {
            String inBody = (String) message.getField(field);
            if (!inBody.isEmpty() && !inBody.equals(value)) {
                checks.violate(field.getName(), "is another in the body than in the path");
            }
            message.setField(field, value);
        }
    }
}
