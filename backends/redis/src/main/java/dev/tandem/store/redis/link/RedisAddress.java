package dev.tandem.store.redis.link;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is, and of which kind: one server, a primary that Sentinels know, or a cluster.
 *
 * <p>Written as {@code redis://host:6379}, {@code redis+unix:///path/to/socket}, {@code
 * redis+sentinel://host:26379,host:26379/name-of-the-primary} or {@code redis+cluster://host:6379,host:6379}; with TLS
 * as {@code rediss://}, {@code rediss+sentinel://} or {@code rediss+cluster://}. A port may be left out.
 */
public final class RedisAddress {
    /** How the server of a namespace is found. */
    public enum Kind {
        /** It is the one that is named. */
        STANDALONE,
        /** Sentinels tell which server is the primary. */
        SENTINEL,
        /** The nodes of a cluster tell which of them has which slots. */
        CLUSTER
    }

    static final int PORT_DEFAULT = 6379;
    static final int SENTINEL_PORT_DEFAULT = 26379;

    private static final Pattern URL = Pattern.compile("(rediss?)(?:\\+(sentinel|cluster|unix))?://([^/]*)(/.*)?");
    private static final Pattern SERVER = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+)(?::(\\d{1,5}))?");
    private static final String FORMS = "Write redis://host:6379, redis+unix:///path, redis+sentinel://host:26379,"
            + "host:26379/name-of-the-primary or redis+cluster://host:6379,host:6379; with TLS, rediss instead of redis";

    private final Kind kind;
    private final List<Endpoint> endpoints;
    private final String primaryName;
    private final boolean tls;
    private final String text;

    private RedisAddress(Kind kind, List<Endpoint> endpoints, String primaryName, boolean tls, String text) {
        this.kind = kind;
        this.endpoints = List.copyOf(endpoints);
        this.primaryName = primaryName;
        this.tls = tls;
        this.text = text;
    }

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is none, with a sentence that says what to write
     */
    public static RedisAddress parse(String text) {
        if (text.contains("@")) {
            // Not repeated in the message: what stands before the @ may be a password.
            throw new IllegalArgumentException(
                    "An address has no user and no password in it, since addresses are printed. Set redis.user, and"
                            + " redis.password_file or TANDEM_REDIS_PASSWORD");
        }
        Matcher url = URL.matcher(text);
        if (!url.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no address of a Redis. " + FORMS);
        }
        boolean tls = url.group(1).equals("rediss");
        String kind = url.group(2) == null ? "" : url.group(2);
        String path = url.group(4) == null ? "" : url.group(4);
        return switch (kind) {
            case "unix" -> unix(text, url.group(3), path, tls);
            case "sentinel" -> sentinel(text, url.group(3), path, tls);
            case "cluster" ->
                new RedisAddress(
                        Kind.CLUSTER, servers(text, url.group(3), PORT_DEFAULT), noPath(text, path), tls, text);
            default -> standalone(text, url.group(3), path, tls);
        };
    }

    private static RedisAddress standalone(String text, String servers, String path, boolean tls) {
        List<Endpoint> endpoints = servers(text, servers, PORT_DEFAULT);
        if (endpoints.size() != 1) {
            throw new IllegalArgumentException(
                    "'" + text + "' names several servers: write redis+cluster:// or redis+sentinel:// before them");
        }
        return new RedisAddress(Kind.STANDALONE, endpoints, noPath(text, path), tls, text);
    }

    private static RedisAddress unix(String text, String servers, String path, boolean tls) {
        if (!servers.isEmpty() || path.length() < 2 || tls) {
            throw new IllegalArgumentException("'" + text
                    + "' is no address of a unix socket: write redis+unix:///path/to/socket, with three slashes");
        }
        return new RedisAddress(Kind.STANDALONE, List.of(Endpoint.ofUnixSocket(path)), "", false, text);
    }

    private static RedisAddress sentinel(String text, String servers, String path, boolean tls) {
        if (path.length() < 2 || path.indexOf('/', 1) >= 0) {
            throw new IllegalArgumentException("'" + text
                    + "' does not say what the Sentinels call the primary: write"
                    + " redis+sentinel://host:26379/name-of-the-primary");
        }
        return new RedisAddress(
                Kind.SENTINEL, servers(text, servers, SENTINEL_PORT_DEFAULT), path.substring(1), tls, text);
    }

    private static String noPath(String text, String path) {
        if (!path.isEmpty() && !path.equals("/") && !path.equals("/0")) {
            throw new IllegalArgumentException(
                    "'" + text + "' ends with " + path + ", but tasks are kept in database 0: leave it out");
        }
        return "";
    }

    private static List<Endpoint> servers(String text, String servers, int portDefault) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (String each : servers.split(",", -1)) {
            Matcher server = SERVER.matcher(each);
            if (!server.matches()) {
                throw new IllegalArgumentException("'" + text + "' is no address of a Redis. " + FORMS);
            }
            int port = port(server.group(2), portDefault);
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("'" + text + "' has a port that is not between 1 and 65535");
            }
            String host = server.group(1);
            endpoints.add(Endpoint.of(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port));
        }
        return endpoints;
    }

    private static int port(@Nullable String text, int portDefault) {
        return text == null ? portDefault : Integer.parseInt(text);
    }

    public Kind kind() {
        return kind;
    }

    public boolean tls() {
        return tls;
    }

    List<Endpoint> endpoints() {
        return endpoints;
    }

    /** What the Sentinels call the primary; empty without them. */
    String primaryName() {
        return primaryName;
    }

    /** Which servers, without how: for messages. */
    String servers() {
        return endpoints.stream().map(Endpoint::toString).collect(Collectors.joining(", "));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RedisAddress address && address.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
