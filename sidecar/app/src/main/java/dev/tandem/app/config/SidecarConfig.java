package dev.tandem.app.config;

import dev.tandem.grpc.ApiLimits;
import dev.tandem.store.raft.node.NodeOptions;
import dev.tandem.store.sqlite.SqliteOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a sidecar is started with.
 *
 * @param unixSocket null for none
 * @param admin empty for none
 * @param tracing null for none
 */
public record SidecarConfig(
        HostPort listen,
        @Nullable Path unixSocket,
        Optional<HostPort> admin,
        StoreLocation store,
        Optional<SqliteOptions> sqlite,
        Optional<RedisStoreOptions> redis,
        Optional<RaftOptions> raft,
        Optional<NodeOptions> nodes,
        ApiLimits limits,
        int eventLoops,
        boolean reflection,
        Duration sweepInterval,
        Duration drainGrace,
        Duration drainTimeout,
        LogLevel logLevel,
        LogFormat logFormat,
        @Nullable Tracing tracing) {

    /**
     * Where traces go.
     *
     * @param headers as {@code name=value,name=value}; null for none. A secret
     * @param sample the share of calls that are traced if they come without a trace
     */
    public record Tracing(URI endpoint, @Nullable String headers, double sample, String serviceName) {
        @Override
        public String toString() {
            return "Tracing[" + endpoint + "]"; // without the secret
        }
    }

    /** The typed view of settings that were loaded without a problem. */
    public static SidecarConfig of(Settings settings) {
        URI endpoint = settings.find(Keys.TRACING_ENDPOINT);
        StoreLocation store = settings.get(Keys.STORE);
        return new SidecarConfig(
                settings.get(Keys.LISTEN),
                settings.find(Keys.UNIX_SOCKET),
                settings.get(Keys.ADMIN),
                store,
                store instanceof StoreLocation.Sqlite sqlite
                        ? Optional.of(sqlite(sqlite.file(), settings))
                        : Optional.empty(),
                store instanceof StoreLocation.Redis redis
                        ? Optional.of(RedisStoreOptions.of(redis, settings))
                        : Optional.empty(),
                store instanceof StoreLocation.Raft raft
                        ? Optional.of(RaftOptions.of(raft.folder(), settings))
                        : Optional.empty(),
                store instanceof StoreLocation.Nodes nodes
                        ? Optional.of(NodeLinks.toNodes(nodes, settings))
                        : Optional.empty(),
                new ApiLimits(
                        Math.toIntExact(settings.get(Keys.LIMITS_PAYLOAD)),
                        settings.get(Keys.LIMITS_REQUEST_KEEP),
                        ApiLimits.DEFAULT.pageTokenKeep(),
                        settings.get(Keys.DEFAULT_NAMESPACE),
                        settings.get(Keys.LIMITS_CALLS),
                        settings.get(Keys.LIMITS_STREAMS),
                        settings.get(Keys.LIMITS_REQUEST_BYTES),
                        settings.get(Keys.LIMITS_ANSWER_BYTES)),
                settings.get(Keys.EVENT_LOOPS),
                settings.get(Keys.REFLECTION),
                settings.get(Keys.SWEEP_INTERVAL),
                settings.get(Keys.DRAIN_GRACE),
                settings.get(Keys.DRAIN_TIMEOUT),
                settings.get(Keys.LOG_LEVEL),
                settings.get(Keys.LOG_FORMAT),
                endpoint == null
                        ? null
                        : new Tracing(
                                endpoint,
                                settings.find(Keys.TRACING_HEADERS),
                                settings.get(Keys.TRACING_SAMPLE),
                                settings.get(Keys.TRACING_SERVICE)));
    }

    private static SqliteOptions sqlite(Path file, Settings settings) {
        return SqliteOptions.of(file)
                .withSynchronous(settings.get(Keys.SQLITE_SYNCHRONOUS))
                .withWriteQueue(settings.get(Keys.SQLITE_WRITE_QUEUE), settings.get(Keys.SQLITE_WRITE_QUEUE_BYTES))
                .withBatchMax(settings.get(Keys.SQLITE_BATCH))
                .withReads(settings.get(Keys.SQLITE_READ_QUEUE), settings.get(Keys.SQLITE_SCAN_READERS))
                .withCacheKib(Math.toIntExact(settings.get(Keys.SQLITE_CACHE) / 1024))
                .withTombstoneKeep(settings.get(Keys.SQLITE_TOMBSTONE_KEEP));
    }

    /** What is wrong with values that are each right by themselves. */
    public static List<String> contradictions(Settings settings) {
        List<String> problems = new ArrayList<>();
        Duration grace = settings.get(Keys.DRAIN_GRACE);
        Duration timeout = settings.get(Keys.DRAIN_TIMEOUT);
        if (grace.compareTo(timeout) >= 0) {
            problems.add("drain.grace (" + Formats.show(grace) + ") must be shorter than drain.timeout ("
                    + Formats.show(timeout) + ").");
        }
        HostPort listen = settings.get(Keys.LISTEN);
        Optional<HostPort> admin = settings.get(Keys.ADMIN);
        if (listen.port() != 0 && admin.isPresent() && admin.get().equals(listen)) {
            problems.add("listen and admin are both " + listen + ": give one of them another port.");
        }
        if (settings.find(Keys.TRACING_HEADERS) != null && settings.find(Keys.TRACING_ENDPOINT) == null) {
            problems.add("tracing.otlp_headers is given without tracing.otlp_endpoint: say where the traces go.");
        }
        StoreLocation store = settings.get(Keys.STORE);
        if (store instanceof StoreLocation.Redis redis) {
            refusal(() -> RedisStoreOptions.of(redis, settings)).ifPresent(problems::add);
        } else if (store instanceof StoreLocation.Raft raft) {
            refusal(() -> RaftOptions.of(raft.folder(), settings)).ifPresent(problems::add);
        } else if (store instanceof StoreLocation.Nodes nodes) {
            refusal(() -> NodeLinks.toNodes(nodes, settings)).ifPresent(problems::add);
        }
        return problems;
    }

    /** Why the options can't be made of these settings; empty if they can. */
    static Optional<String> refusal(Supplier<?> options) {
        try {
            var unused = options.get();
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage() + ".");
        }
    }
}
