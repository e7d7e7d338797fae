package dev.tandem.bench;

import dev.tandem.store.redis.link.RedisAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisRole;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The plain Vert.x Redis client with one connection, which pipelines: what a sidecar in between is compared with, and
 * what the benchmark asks a server by about itself.
 */
final class PlainRedis {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    private static final int SENTINEL_PORT_DEFAULT = 26379;
    /** A client of a cluster has a connection to each of its nodes. */
    private static final int NODES_MAX = 64;

    private static final int WAITING_MAX = 2 * LoadGenerator.OUTSTANDING_MAX;

    private final Redis client;
    private final RedisConnection connection;

    private PlainRedis(Redis client, RedisConnection connection) {
        this.client = client;
        this.connection = connection;
    }

    static Future<PlainRedis> connect(Vertx vertx, RedisAddress address, RedisLogin login) {
        Redis client = Redis.createClient(vertx, options(address, login));
        return client.connect()
                .map(connection -> new PlainRedis(client, connection))
                .onFailure(failure -> client.close());
    }

    /** The same, waited for. */
    static PlainRedis open(Vertx vertx, RedisAddress address, RedisLogin login, Closings closings) {
        PlainRedis redis = Waiting.on(connect(vertx, address, login), ANSWER_TIMEOUT, "a connection to " + address);
        closings.add(redis::close);
        return redis;
    }

    private static RedisOptions options(RedisAddress address, RedisLogin login) {
        RedisOptions options = new RedisOptions()
                .setMaxPoolSize(1)
                .setMaxWaitingHandlers(WAITING_MAX)
                .setNetClientOptions(net(address, login));
        if (login.credentials().user() != null) {
            options.setUser(login.credentials().user());
        }
        if (login.credentials().password() != null) {
            options.setPassword(login.credentials().password());
        }
        String text = address.toString();
        String scheme = address.tls() ? "rediss://" : "redis://";
        String rest = text.substring(text.indexOf("://") + 3);
        if (text.startsWith("redis+unix:")) {
            return options.addConnectionString("unix://" + rest);
        }
        int slash = rest.indexOf('/');
        for (String server : (slash < 0 ? rest : rest.substring(0, slash)).split(",", -1)) {
            boolean hasPort = server.matches(".*:\\d+");
            String port = hasPort || address.kind() != RedisAddress.Kind.SENTINEL ? "" : ":" + SENTINEL_PORT_DEFAULT;
            options.addConnectionString(scheme + server + port);
        }
        return switch (address.kind()) {
            case STANDALONE -> options.setType(RedisClientType.STANDALONE);
            case CLUSTER ->
                options.setType(RedisClientType.CLUSTER)
                        .setMaxPoolSize(NODES_MAX)
                        .setMaxPoolWaiting(NODES_MAX);
            case SENTINEL ->
                options.setType(RedisClientType.SENTINEL)
                        .setRole(RedisRole.MASTER)
                        .setMasterName(rest.substring(slash + 1));
        };
    }

    private static NetClientOptions net(RedisAddress address, RedisLogin login) {
        NetClientOptions net = new NetClientOptions().setTcpNoDelay(true);
        if (address.tls()) {
            net.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
            if (login.tls().caFile() != null) {
                net.setTrustOptions(
                        new PemTrustOptions().addCertPath(login.tls().caFile().toString()));
            }
            if (login.tls().certificateFile() != null && login.tls().keyFile() != null) {
                net.setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(login.tls().certificateFile().toString())
                        .addKeyPath(login.tls().keyFile().toString()));
            }
        }
        return net;
    }

    Future<Response> send(Request request) {
        return connection.send(request);
    }

    /** Waits for the answer, on a thread that is no event loop. */
    Response ask(Request request) {
        return Waiting.on(send(request), ANSWER_TIMEOUT, "an answer to " + request.command());
    }

    /** Waits for all answers. */
    List<Response> ask(List<Request> requests) {
        List<Future<Response>> sent = new ArrayList<>();
        requests.forEach(request -> sent.add(send(request)));
        return Waiting.on(
                Future.all(sent).map(all -> sent.stream().map(Future::result).toList()),
                ANSWER_TIMEOUT,
                "answers to " + requests.get(0).command());
    }

    /** Closes without waiting. */
    void disconnect() {
        connection.close();
        client.close();
    }

    void close() {
        connection.close();
        Waiting.on(client.close(), ANSWER_TIMEOUT, "the end of the plain client");
    }
}
