package dev.tandem.store.redis.link;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongBiFunction;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections that are fit for calls: encrypted, authenticated, to a primary, new enough, and that promises what
 * is required. Says in a sentence why one could not be made.
 */
final class Connector {
    private static final int VERSION_MAJOR = 6;
    private static final int VERSION_MINOR = 2;
    /** Patterns, one a command: CONFIG GET takes several only since Redis 7. */
    private static final List<String> CONFIG = List.of("appendfsync", "save", "min-replicas-to-write");

    private final VertxInternal vertx;
    private final RedisOptions options;
    private final NetClient client;
    private final ToLongBiFunction<Endpoint, RedisDurability> connected;

    /** @param connected told of each new connection to a primary, before its first call; gives it its number */
    Connector(Vertx vertx, RedisOptions options, ToLongBiFunction<Endpoint, RedisDurability> connected) {
        this.vertx = (VertxInternal) vertx;
        this.options = options;
        this.connected = connected;
        this.client = vertx.createNetClient(new NetClientOptions()
                .setConnectTimeout((int) options.connectTimeout().toMillis())
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true));
    }

    /** To a primary, on the event loop of the caller; fails with a {@link ConnectFailure}. */
    Future<Connection> toPrimary(Endpoint endpoint) {
        return bounded(endpoint, options.credentials(), (connection, hello) -> {
            ConnectFailure unfit = unfit(endpoint, hello);
            return unfit != null
                    ? Future.failedFuture(unfit)
                    : durability(connection).compose(durability -> accept(connection, durability));
        });
    }

    /** To a Sentinel. */
    Future<Connection> toSentinel(Endpoint endpoint) {
        return bounded(endpoint, options.sentinelCredentials(), (connection, hello) -> Future.succeededFuture());
    }

    /** To any node of a cluster, to ask it what it knows. */
    Future<Connection> toNode(Endpoint endpoint) {
        return bounded(endpoint, options.credentials(), (connection, hello) -> {
            ConnectFailure unfit = otherKind(endpoint, hello);
            return unfit == null ? Future.succeededFuture() : Future.failedFuture(unfit);
        });
    }

    Future<Void> close() {
        return client.close();
    }

    private interface Examination {
        Future<Void> examine(Connection connection, Map<String, String> hello);
    }

    private Future<Connection> bounded(Endpoint endpoint, Credentials credentials, Examination examination) {
        ContextInternal context = vertx.getOrCreateContext();
        Promise<Connection> made = context.promise();
        Connection[] opened = new Connection[1];
        long timer = vertx.setTimer(options.connectTimeout().toMillis(), id -> {
            String late = "it did not answer within " + options.connectTimeout().toMillis() + " ms";
            if (made.tryFail(new ConnectFailure("Redis at " + endpoint + " can't be used: " + late, false))
                    && opened[0] != null) {
                opened[0].close(late);
            }
        });
        open(context, endpoint)
                .compose(connection -> {
                    opened[0] = connection;
                    return hello(connection, credentials)
                            .compose(hello -> examination.examine(connection, hello))
                            .map(connection);
                })
                .onComplete(result -> {
                    vertx.cancelTimer(timer);
                    if (result.succeeded()) {
                        if (!made.tryComplete(result.result())) {
                            result.result().close("it was ready too late");
                        }
                        return;
                    }
                    ConnectFailure why = explain(endpoint, result.cause());
                    if (opened[0] != null) {
                        opened[0].close(String.valueOf(why.getMessage()));
                    }
                    made.tryFail(why);
                });
        return made.future();
    }

    private Future<Connection> open(ContextInternal context, Endpoint endpoint) {
        ConnectOptions to = new ConnectOptions().setRemoteAddress(endpoint.socketAddress());
        if (options.address().tls()) {
            to.setSsl(true).setSslOptions(ssl());
            String name = options.tls().serverName();
            if (name != null) {
                to.setHost(name).setPort(endpoint.port()).setSniServerName(name);
            }
        }
        Future<NetSocket> socket;
        try {
            socket = client.connect(to);
        } catch (RuntimeException e) {
            socket = Future.failedFuture(e);
        }
        return socket.map(opened -> new Connection(context, opened, endpoint));
    }

    private ClientSSLOptions ssl() {
        RedisTls tls = options.tls();
        ClientSSLOptions ssl = new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS");
        Path ca = tls.caFile();
        if (ca != null) {
            ssl.setTrustOptions(new PemTrustOptions().addCertPath(ca.toString()));
        }
        Path certificate = tls.certificateFile();
        Path key = tls.keyFile();
        if (certificate != null && key != null) {
            ssl.setKeyCertOptions(
                    new PemKeyCertOptions().addCertPath(certificate.toString()).addKeyPath(key.toString()));
        }
        return ssl;
    }

    private static Future<Map<String, String>> hello(Connection connection, Credentials credentials) {
        Request hello = Request.cmd(Command.HELLO).arg(3);
        String password = credentials.password();
        if (password != null) {
            String user = credentials.user();
            hello.arg("AUTH").arg(user == null ? "default" : user).arg(password);
        }
        hello.arg("SETNAME").arg("tandem");
        return connection.request(hello).map(response -> {
            Map<String, String> said = new HashMap<>();
            if (response == null || response.getKeys() == null) {
                throw new ConnectFailure("what it answers is not Redis's protocol", true);
            }
            RedisDurability.addTo(said, response);
            return said;
        });
    }

    private @Nullable ConnectFailure unfit(Endpoint endpoint, Map<String, String> hello) {
        String version = hello.getOrDefault("version", "unknown");
        if (!RedisDurability.atLeast(version, VERSION_MAJOR, VERSION_MINOR)) {
            return new ConnectFailure(tooOld(version), true);
        }
        ConnectFailure otherKind = otherKind(endpoint, hello);
        if (otherKind != null) {
            return otherKind;
        }
        String role = hello.getOrDefault("role", "master");
        return role.equals("master")
                ? null
                : new ConnectFailure(
                        "it is a replica, not a primary: name the primary, or use its Sentinels",
                        options.address().kind() == RedisAddress.Kind.STANDALONE);
    }

    private @Nullable ConnectFailure otherKind(Endpoint endpoint, Map<String, String> hello) {
        String mode = hello.getOrDefault("mode", "");
        boolean wantsCluster = options.address().kind() == RedisAddress.Kind.CLUSTER;
        if (mode.equals("sentinel")) {
            return new ConnectFailure(
                    "it is a Sentinel: write redis+sentinel://" + endpoint + "/name-of-the-primary", true);
        }
        if (mode.equals("cluster") && !wantsCluster) {
            return new ConnectFailure("it is a node of a cluster: write redis+cluster://" + endpoint, true);
        }
        if (mode.equals("standalone") && wantsCluster) {
            return new ConnectFailure("it is no node of a cluster: write redis://" + endpoint, true);
        }
        return null;
    }

    private static String tooOld(String version) {
        return "its version " + version + " is too old: 6.2 is the first that will do";
    }

    private Future<RedisDurability> durability(Connection connection) {
        Map<String, String> config = new HashMap<>();
        Future<Void> configured = Future.succeededFuture();
        // Sent at once, one behind the other.
        List<Future<@Nullable Response>> answers = CONFIG.stream()
                .map(key -> connection
                        .request(Request.cmd(Command.CONFIG).arg("GET").arg(key))
                        .otherwise(failure -> forbidden(failure)))
                .toList();
        for (Future<@Nullable Response> answer : answers) {
            configured = configured.compose(done -> answer).map(map -> {
                RedisDurability.addTo(config, map);
                return null;
            });
        }
        Future<Response> info = connection.request(Request.cmd(Command.INFO));
        return configured.compose(done -> info).map(text -> {
            Map<String, String> said = RedisDurability.lines(String.valueOf(text));
            if ("1".equals(said.get("loading"))) {
                throw new ConnectFailure("it is still reading its data from the disk", false);
            }
            return RedisDurability.read(connection.endpoint(), String.valueOf(text), config, options.require());
        });
    }

    /** Managed services forbid or rename CONFIG; then less is known. */
    private static @Nullable Response forbidden(Throwable failure) {
        if (failure instanceof ErrorType) {
            return null;
        }
        throw failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
    }

    private Future<Void> accept(Connection connection, RedisDurability durability) {
        String evicts = durability.evicts();
        if (evicts != null) {
            return Future.failedFuture(new ConnectFailure(evicts, true));
        }
        List<String> lacking = durability.shortOf(options.require());
        if (!lacking.isEmpty()) {
            return Future.failedFuture(new ConnectFailure(
                    "it promises less than redis.require asks for: " + String.join(", and ", lacking), true));
        }
        connection.numbered(connected.applyAsLong(connection.endpoint(), durability));
        return Future.succeededFuture();
    }

    private ConnectFailure explain(Endpoint endpoint, Throwable cause) {
        String why = null;
        boolean lasting = false;
        if (cause instanceof ConnectFailure known) {
            why = known.getMessage();
            lasting = known.isLasting();
        } else if (cause instanceof ErrorType error) {
            why = refusal(error);
            lasting = !error.is("LOADING") && !error.is("MASTERDOWN") && !error.is("ERR max number");
        } else if (tlsReason(cause) != null) {
            why = tlsReason(cause);
            lasting = true;
        } else if (cause instanceof UnknownHostException) {
            why = "its name is not known to DNS";
        }
        if (why == null) {
            why = "no connection could be made (" + cause.getMessage() + ")";
        }
        return new ConnectFailure("Redis at " + endpoint + " can't be used: " + why, lasting);
    }

    private static String refusal(ErrorType error) {
        if (error.is("WRONGPASS")) {
            return "it does not know this user and password: set redis.user and redis.password_file";
        }
        if (error.is("NOAUTH")) {
            return "it asks for a password: set redis.password_file, or TANDEM_REDIS_PASSWORD in the environment";
        }
        if (error.is("NOPERM")) {
            return "the ACL user lacks a right that is needed; docs/redis.md has the rules (" + error.getMessage()
                    + ")";
        }
        if (error.is("NOPROTO") || String.valueOf(error.getMessage()).startsWith("ERR unknown command")) {
            return "it does not know HELLO 3, so it is too old: 6.2 is the first Redis that will do";
        }
        return "it said " + error.getMessage();
    }

    private static @Nullable String tlsReason(Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof SSLException) {
                Throwable root = each;
                while (root.getCause() != null) {
                    root = root.getCause();
                }
                return "TLS failed (" + root.getMessage()
                        + "): see redis.tls.ca_file, redis.tls.server_name, and whether the server speaks TLS at all";
            }
        }
        return null;
    }
}
