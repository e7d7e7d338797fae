package dev.tandem.client;

import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the sidecar is, and how calls to it behave.
 *
 * @param host of the sidecar's port; unused with a unix socket
 * @param port 1 to 65535; unused with a unix socket
 * @param unixSocket the sidecar's unix socket; null to use host and port
 * @param namespace filled in where a request names none
 * @param callTimeout how long a call may take in all, its retries included; what a request asks to wait comes on top.
 *     1 ms to 24 h
 * @param attemptsMax how often a call is tried at most, the first time included; 1 or more
 * @param backoffMin the wait before the second attempt; doubled for each later one, half of it left to chance
 * @param backoffMax the longest wait between attempts, unless the sidecar asks for a longer one
 * @param callsMax the most calls and streams under way at once on one client; more are turned away as OVERLOADED
 * @param messageBytesMax the largest answer that is taken; a page of large tasks is one answer
 */
public record ClientOptions(
        String host,
        int port,
        @Nullable Path unixSocket,
        String namespace,
        Duration callTimeout,
        int attemptsMax,
        Duration backoffMin,
        Duration backoffMax,
        int callsMax,
        int messageBytesMax) {
    /** Where {@link #fromEnvironment} finds the address: {@code host:port}, or {@code unix:///path}. */
    public static final String ADDRESS_VARIABLE = "TANDEM_ADDRESS";

    /** Where {@link #fromEnvironment} finds the namespace. */
    public static final String NAMESPACE_VARIABLE = "TANDEM_NAMESPACE";

    static final Duration CALL_TIMEOUT_MAX = Duration.ofHours(24); // before DEFAULT, which is held to it

    /** 127.0.0.1:7420, namespace "default", 10 s a call. */
    public static final ClientOptions DEFAULT = new ClientOptions(
            "127.0.0.1",
            7420,
            null,
            "default",
            Duration.ofSeconds(10),
            20,
            Duration.ofMillis(20),
            Duration.ofSeconds(1),
            10_000,
            64 << 20);

    private static final String UNIX_SCHEME = "unix://";

    public ClientOptions {
        require(!host.isBlank(), "the host is empty");
        require(port >= 1 && port <= 65535, "the port must be 1 to 65535, not " + port);
        requireTimeout(callTimeout);
        require(attemptsMax >= 1, "attemptsMax must be 1 or more, not " + attemptsMax);
        require(backoffMin.toMillis() >= 1, "backoffMin must be at least 1 ms, not " + backoffMin);
        require(backoffMax.compareTo(backoffMin) >= 0, "backoffMax must not be below backoffMin");
        require(backoffMax.compareTo(CALL_TIMEOUT_MAX) <= 0, "backoffMax must be at most 24 h, not " + backoffMax);
        require(callsMax >= 1, "callsMax must be 1 or more, not " + callsMax);
        require(messageBytesMax >= 1, "messageBytesMax must be 1 or more, not " + messageBytesMax);
    }

    /**
     * The defaults with what the environment says, as {@code System.getenv()} gives it.
     *
     * @throws IllegalArgumentException with a sentence for people, if the address can't be read
     */
    public static ClientOptions fromEnvironment(Map<String, String> environment) {
        ClientOptions options = DEFAULT;
        String address = environment.getOrDefault(ADDRESS_VARIABLE, "").strip();
        if (!address.isEmpty()) {
            options = options.withAddress(address);
        }
        String namespace = environment.getOrDefault(NAMESPACE_VARIABLE, "").strip();
        return namespace.isEmpty() ? options : options.withNamespace(namespace);
    }

    /**
     * Another address.
     *
     * @param address {@code host:port}, {@code [ipv6]:port} or {@code unix:///path}
     * @throws IllegalArgumentException with a sentence for people, if it is none of these
     */
    public ClientOptions withAddress(String address) {
        if (address.startsWith(UNIX_SCHEME)) {
            String path = address.substring(UNIX_SCHEME.length());
            require(path.startsWith("/"), "\"" + address + "\" should be unix:///path with an absolute path");
            return withUnixSocket(Path.of(path));
        }
        int colon = address.lastIndexOf(':');
        boolean bracketed = address.startsWith("[") && colon > 2 && address.charAt(colon - 1) == ']';
        boolean plain = colon > 0 && address.indexOf(':') == colon;
        String port = address.substring(colon + 1);
        require(
                (bracketed || plain) && port.matches("[0-9]{1,5}"),
                "\"" + address + "\" is no address: write host:port, such as 127.0.0.1:7420, or unix:///path");
        String host = bracketed ? address.substring(1, colon - 1) : address.substring(0, colon);
        return withHostAndPort(host, Integer.parseInt(port));
    }

    public ClientOptions withHostAndPort(String host, int port) {
        return with(draft -> {
            draft.host = host;
            draft.port = port;
            draft.unixSocket = null;
        });
    }

    public ClientOptions withUnixSocket(Path unixSocket) {
        return with(draft -> draft.unixSocket = unixSocket);
    }

    public ClientOptions withNamespace(String namespace) {
        return with(draft -> draft.namespace = namespace);
    }

    public ClientOptions withCallTimeout(Duration callTimeout) {
        return with(draft -> draft.callTimeout = callTimeout);
    }

    public ClientOptions withRetries(int attemptsMax, Duration backoffMin, Duration backoffMax) {
        return with(draft -> {
            draft.attemptsMax = attemptsMax;
            draft.backoffMin = backoffMin;
            draft.backoffMax = backoffMax;
        });
    }

    public ClientOptions withCallsMax(int callsMax) {
        return with(draft -> draft.callsMax = callsMax);
    }

    public ClientOptions withMessageBytesMax(int messageBytesMax) {
        return with(draft -> draft.messageBytesMax = messageBytesMax);
    }

    private ClientOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** The address as people write it. */
    public String address() {
        if (unixSocket != null) {
            return UNIX_SCHEME + unixSocket.toAbsolutePath();
        }
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    SocketAddress socketAddress() {
        return unixSocket == null
                ? SocketAddress.inetSocketAddress(port, host)
                : SocketAddress.domainSocketAddress(unixSocket.toAbsolutePath().toString());
    }

    static void requireTimeout(Duration timeout) {
        require(
                timeout.compareTo(Duration.ofMillis(1)) >= 0 && timeout.compareTo(CALL_TIMEOUT_MAX) <= 0,
                "a call's timeout must be 1 ms to 24 h, not " + timeout);
    }

    /** The same, for as long as it is being changed. */
    private static final class Draft {
        private String host;
        private int port;
        private @Nullable Path unixSocket;
        private String namespace;
        private Duration callTimeout;
        private int attemptsMax;
        private Duration backoffMin;
        private Duration backoffMax;
        private int callsMax;
        private int messageBytesMax;

        Draft(ClientOptions from) {
            host = from.host;
            port = from.port;
            unixSocket = from.unixSocket;
            namespace = from.namespace;
            callTimeout = from.callTimeout;
            attemptsMax = from.attemptsMax;
            backoffMin = from.backoffMin;
            backoffMax = from.backoffMax;
            callsMax = from.callsMax;
            messageBytesMax = from.messageBytesMax;
        }

        ClientOptions options() {
            return new ClientOptions(
                    host,
                    port,
                    unixSocket,
                    namespace,
                    callTimeout,
                    attemptsMax,
                    backoffMin,
                    backoffMax,
                    callsMax,
                    messageBytesMax);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
