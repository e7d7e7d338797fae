package dev.tandem.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Asks the admin ports of processes on this machine. */
final class Admin {
    private static final int OK = 200;
    private static final int CONFLICT = 409;
    private static final int TIMEOUT_MILLIS = 5_000;

    /** A step may wait for stores, and for what is under way. */
    private static final int STEP_MILLIS_MAX = 30_000;

    private final HttpClient client;

    Admin(Vertx vertx) {
        client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(TIMEOUT_MILLIS));
    }

    /** A page that says no, in a sentence. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refusal(String sentence) {
            super(sentence, null, false, false);
        }
    }

    /**
     * What a page of JSON answers to somebody who may see it.
     *
     * @param body null to GET it, else what is POSTed
     * @return fails with a {@link Refusal} if the page says no
     */
    Future<JsonObject> ask(int port, String path, String token, @Nullable JsonObject body) {
        return client.request(body == null ? HttpMethod.GET : HttpMethod.POST, port, "127.0.0.1", path)
                .compose(request -> {
                    request.idleTimeout(STEP_MILLIS_MAX).putHeader("authorization", "Bearer " + token);
                    return body == null
                            ? request.send()
                            : request.putHeader("content-type", "application/json")
                                    .send(body.toBuffer());
                })
                .compose(response -> response.body().map(answer -> answered(path, response.statusCode(), answer)));
    }

    private static JsonObject answered(String path, int status, Buffer body) {
        try {
            JsonObject json = body.toJsonObject();
            if (status == OK) {
                return json;
            } else if (status == CONFLICT) {
                throw new Refusal(json.getString("error", "no reason given"));
            }
        } catch (DecodeException | ClassCastException e) {
            throw new BenchException(path + " says " + status + ", and no JSON: " + body, e);
        }
        throw new BenchException(path + " says " + status + ": " + body);
    }

    /** What is at {@code path}; fails if the answer is not 200. */
    Future<Buffer> get(int port, String path) {
        return client.request(HttpMethod.GET, port, "127.0.0.1", path)
                .compose(request -> request.idleTimeout(TIMEOUT_MILLIS).send())
                .compose(response -> response.body()
                        .compose(body -> response.statusCode() == OK
                                ? Future.succeededFuture(body)
                                : Future.failedFuture(path + " says " + response.statusCode() + ": " + body)));
    }
}
