package dev.tandem.app.config;

import dev.tandem.grpc.ApiLimits;
import dev.tandem.store.raft.node.NodeOptions;
import dev.tandem.store.sqlite.SqliteOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a sidecar is started with.
 *
 * @param unixSocket null for none
 * @param admin empty for none
 * @param adminToken what callers of the admin port's pages about routes have to show; null for pages that nobody may see. A secret
 * @param store where namespaces begin
 * @param stores all of them, that one first: one of each kind at most
 * @param shadowReads the share of lookups that are compared with the mirror
 * @param tracing null for none
 */
public record SidecarConfig(
        HostPort listen,
        @Nullable Path unixSocket,
        Optional<HostPort> admin,
        @Nullable AdminToken adminToken,
        StoreLocation store,
        List<StoreLocation> stores,
        double shadowReads,
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

    /** What callers of the admin port have to show. */
    public record AdminToken(String text) {
        /** The one that is configured, if one is. */
        static @Nullable AdminToken of(Settings settings) {
            String text = settings.find(Keys.ADMIN_TOKEN);
            return text == null ? null : new AdminToken(text);
        }

        @Override
        public String toString() {
            return "AdminToken"; // without the secret
        }
    }

    /** The typed view of settings that were loaded without a problem. */
    public static SidecarConfig of(Settings settings) {
        URI endpoint = settings.find(Keys.TRACING_ENDPOINT);
        List<StoreLocation> stores = stores(settings);
        StoreLocation.Sqlite sqlite = find(stores, StoreLocation.Sqlite.class).orElse(null);
        StoreLocation.Redis redis = find(stores, StoreLocation.Redis.class).orElse(null);
        StoreLocation.Raft raft = find(stores, StoreLocation.Raft.class).orElse(null);
        StoreLocation.Nodes nodes = find(stores, StoreLocation.Nodes.class).orElse(null);
        return new SidecarConfig(
                settings.get(Keys.LISTEN),
                settings.find(Keys.UNIX_SOCKET),
                settings.get(Keys.ADMIN),
                AdminToken.of(settings),
                settings.get(Keys.STORE),
                stores,
                settings.get(Keys.SHADOW_READS),
                // Without lambdas, whose types would load the classes of stores that are not used.
                sqlite == null ? Optional.empty() : Optional.of(sqlite(sqlite.file(), settings)),
                redis == null ? Optional.empty() : Optional.of(RedisStoreOptions.of(redis, settings)),
                raft == null ? Optional.empty() : Optional.of(RaftOptions.of(raft.folder(), settings)),
                nodes == null ? Optional.empty() : Optional.of(NodeLinks.toNodes(nodes, settings)),
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

    private static List<StoreLocation> stores(Settings settings) {
        List<StoreLocation> all = new ArrayList<>(List.of(settings.get(Keys.STORE)));
        List<StoreLocation> further = settings.find(Keys.STORES);
        all.addAll(further == null ? List.of() : further);
        return List.copyOf(all);
    }

    private static <T extends StoreLocation> Optional<T> find(List<StoreLocation> stores, Class<T> kind) {
        return stores.stream().filter(kind::isInstance).map(kind::cast).findFirst();
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
        problems.addAll(storeContradictions(settings));
        return problems;
    }

    private static List<String> storeContradictions(Settings settings) {
        List<String> problems = new ArrayList<>();
        List<StoreLocation> stores = stores(settings);
        Map<String, StoreLocation> byName = new HashMap<>();
        for (StoreLocation store : stores) {
            StoreLocation other = byName.putIfAbsent(store.name(), store);
            if (other != null) {
                problems.add("there are two stores that policies would call " + store.name() + ", " + other + " and "
                        + store + ": leave one out of store and stores.");
            }
        }
        find(stores, StoreLocation.Redis.class)
                .flatMap(redis -> refusal(() -> RedisStoreOptions.of(redis, settings)))
                .ifPresent(problems::add);
        find(stores, StoreLocation.Raft.class)
                .flatMap(raft -> refusal(() -> RaftOptions.of(raft.folder(), settings)))
                .ifPresent(problems::add);
        find(stores, StoreLocation.Nodes.class)
                .flatMap(nodes -> refusal(() -> NodeLinks.toNodes(nodes, settings)))
                .ifPresent(problems::add);
        if (byName.containsKey("raft")
                && byName.containsKey("nodes")
                && settings.get(Keys.RAFT_CLUSTER)
                        .equals(Objects.requireNonNullElse(
                                settings.find(Keys.NODES_CLUSTER), settings.get(Keys.RAFT_CLUSTER)))) {
            problems.add(
                    "raft and nodes have to be two clusters, as one store can't be moved to itself: set nodes.cluster to the"
                            + " raft.cluster of the store nodes, and raft.cluster of this member to another name.");
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
