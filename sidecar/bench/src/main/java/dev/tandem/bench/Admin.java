package dev.tandem.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;

/** Asks the admin ports of processes on this machine. */
final class Admin {
    private static final int TIMEOUT_MILLIS = 5_000;

    private final HttpClient client;

    Admin(Vertx vertx) {
        client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(TIMEOUT_MILLIS));
    }

    /** What is at {@code path}; fails if the answer is not 200. */
    Future<Buffer> get(int port, String path) {
        return client.request(HttpMethod.GET, port, "127.0.0.1", path)
                .compose(request -> request.idleTimeout(TIMEOUT_MILLIS).send())
                .compose(response -> response.body()
                        .compose(body -> response.statusCode() == 200
                                ? Future.succeededFuture(body)
                                : Future.failedFuture(path + " says " + response.statusCode() + ": " + body)));
    }
}
