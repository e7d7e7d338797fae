package dev.tandem.app.config;

import static dev.tandem.app.config.Formats.bool;
import static dev.tandem.app.config.Formats.bytes;
import static dev.tandem.app.config.Formats.duration;
import static dev.tandem.app.config.Formats.hostPort;
import static dev.tandem.app.config.Formats.hostPortOrOff;
import static dev.tandem.app.config.Formats.hostPorts;
import static dev.tandem.app.config.Formats.httpUrl;
import static dev.tandem.app.config.Formats.integer;
import static dev.tandem.app.config.Formats.oneOf;
import static dev.tandem.app.config.Formats.path;
import static dev.tandem.app.config.Formats.pattern;
import static dev.tandem.app.config.Formats.ratio;
import static dev.tandem.app.config.Formats.reachable;
import static dev.tandem.app.config.Formats.redisRequirement;
import static dev.tandem.app.config.Formats.store;
import static dev.tandem.app.config.Formats.stores;
import static dev.tandem.app.config.Formats.text;

import dev.tandem.store.raft.log.Durability;
import dev.tandem.store.sqlite.SqliteOptions.Synchronous;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every key there is. Files, variables, flags, checks and docs/configuration.md are all made of this list. */
public final class Keys {
    private static final long MIB = 1 << 20;

    static final Key<HostPort> LISTEN = Key.of(
            "listen", hostPort(), "127.0.0.1:7420", "Where the API listens: gRPC, gRPC-Web and JSON on one port.");
    static final Key<Path> UNIX_SOCKET = Key.of(
            "unix_socket", path(), null, "A unix socket on which the API listens as well. Only its owner may connect.");
    static final Key<Optional<HostPort>> ADMIN = Key.of(
            "admin", hostPortOrOff(), "127.0.0.1:7421", "Where metrics, health and version are served over HTTP.");
    static final Key<StoreLocation> STORE = Key.of(
            "store",
            store(),
            "sqlite:./tandem.db",
            "Where the tasks are kept. A file or folder is made if it is missing; the folder around it must exist. docs/redis.md"
                    + " says how a Redis is named, docs/raft.md what the Raft stores are.");
    static final Key<List<StoreLocation>> STORES = Key.of(
            "stores",
            stores(),
            null,
            "Further stores, to which namespaces may be moved while everything runs; a list, or some with spaces between. At most"
                    + " one of each kind, store included: policies call them sqlite, redis, raft and nodes. The same in all"
                    + " sidecars that share tasks.");
    static final Key<Double> SHADOW_READS = Key.of(
            "shadow_reads",
            ratio(),
            "0",
            "Which share of the lookups by id is made in the mirror as well, after the answer, and compared, while a namespace's"
                    + " mirror is not read otherwise.");
    static final Key<String> ADMIN_TOKEN = new Key<>(
            "admin_token",
            pattern("a text of 16 to 512 letters, digits and signs without spaces", Pattern.compile("[!-~]{16,512}")),
            null,
            "What callers of the admin port have to show as a bearer token before they see or change routes and moves; without"
                    + " it, nobody may.",
            true);
    static final Key<Path> ADMIN_TOKEN_FILE =
            Key.of("admin_token_file", path(), null, "A file that holds admin_token.");
    static final Key<String> DEFAULT_NAMESPACE = Key.of(
            "default_namespace",
            pattern("a DNS label of up to 63 characters", Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")),
            "default",
            "What an empty namespace in a call means.");
    static final Key<Integer> EVENT_LOOPS = Key.of(
            "event_loops",
            integer(1, 64),
            "1",
            "On how many event loops, each a thread, connections are served. One carries tens of thousands of calls a second.");
    static final Key<Boolean> REFLECTION =
            Key.of("reflection", bool(), "true", "Whether gRPC clients may list and describe the services.");

    static final Key<Long> LIMITS_PAYLOAD = Key.of(
            "limits.payload",
            bytes(1024, 16 * MIB),
            "256KiB",
            "The largest payload, and the largest result, of one task.");
    static final Key<Duration> LIMITS_REQUEST_KEEP = Key.of(
            "limits.request_keep",
            duration(Duration.ofMinutes(1), Duration.ofDays(1)),
            "1h",
            "How long a request id is remembered, so that repeating its request applies nothing twice.");
    static final Key<Integer> LIMITS_CALLS = Key.of(
            "limits.calls",
            integer(1, 1_000_000),
            "2048",
            "The most calls under way at once; more are turned away as OVERLOADED.");
    static final Key<Integer> LIMITS_STREAMS = Key.of(
            "limits.streams",
            integer(1, 100_000),
            "1024",
            "The most watches open at once; more are turned away as OVERLOADED.");
    static final Key<Long> LIMITS_REQUEST_BYTES = Key.of(
            "limits.request_bytes",
            bytes(MIB, 1024 * MIB),
            "16MiB",
            "The most bytes that all requests under way may hold; more are turned away as OVERLOADED.");
    static final Key<Long> LIMITS_ANSWER_BYTES = Key.of(
            "limits.answer_bytes",
            bytes(MIB, 1024 * MIB),
            "16MiB",
            "The most bytes of answers that wait for their callers to take them; while there are more, calls are turned away"
                    + " as OVERLOADED.");

    static final Key<Duration> SWEEP_INTERVAL = Key.of(
            "sweep.interval",
            duration(Duration.ofMillis(100), Duration.ofMinutes(10)),
            "1s",
            "How often leases and retentions that have run out are looked for.");
    static final Key<Duration> DRAIN_GRACE = Key.of(
            "drain.grace",
            duration(Duration.ZERO, Duration.ofMinutes(1)),
            "200ms",
            "How long new calls are still served after SIGTERM, while health checks already say no.");
    static final Key<Duration> DRAIN_TIMEOUT = Key.of(
            "drain.timeout",
            duration(Duration.ofMillis(100), Duration.ofMinutes(10)),
            "20s",
            "How long calls under way may take to finish after SIGTERM before they are cut off.");

    static final Key<Synchronous> SQLITE_SYNCHRONOUS = Key.of(
            "sqlite.synchronous",
            oneOf(Synchronous.class),
            "full",
            "What an acknowledged write survives. full: a power cut. normal: a crash of the process. off: the same, but a power"
                    + " cut may damage the file.");
    static final Key<Integer> SQLITE_WRITE_QUEUE = Key.of(
            "sqlite.write_queue",
            integer(1, 1_000_000),
            "8192",
            "The most writes that wait for the disk; more are turned away as OVERLOADED.");
    static final Key<Long> SQLITE_WRITE_QUEUE_BYTES = Key.of(
            "sqlite.write_queue_bytes",
            bytes(MIB, 1024 * MIB),
            "16MiB",
            "The most bytes that these writes may hold; more are turned away as OVERLOADED.");
    static final Key<Integer> SQLITE_BATCH =
            Key.of("sqlite.batch", integer(1, 10_000), "512", "The most writes that are committed together.");
    static final Key<Integer> SQLITE_READ_QUEUE = Key.of(
            "sqlite.read_queue",
            integer(1, 1_000_000),
            "8192",
            "The most lookups that wait, and the most other queries; more are turned away as OVERLOADED.");
    static final Key<Integer> SQLITE_SCAN_READERS = Key.of(
            "sqlite.scan_readers",
            integer(1, 16),
            "1",
            "How many lists and counts are read at once. Lookups by id and watches have readers of their own.");
    static final Key<Long> SQLITE_CACHE = Key.of(
            "sqlite.cache",
            bytes(64 * 1024, 1024 * MIB),
            "8MiB",
            "The most memory for pages of the file in the writer's cache; each reader has a quarter of it.");
    static final Key<Duration> SQLITE_TOMBSTONE_KEEP = Key.of(
            "sqlite.tombstone_keep",
            duration(Duration.ofMinutes(1), Duration.ofDays(365)),
            "1d",
            "How long deletions are remembered, so that watchers that come back after a cut hear of them.");

    static final Key<String> REDIS_USER =
            Key.of("redis.user", text("a name"), null, "The ACL user to be; without it, the server's user default.");
    static final Key<String> REDIS_PASSWORD = secret("redis.password", "Its password.");
    static final Key<Path> REDIS_PASSWORD_FILE =
            Key.of("redis.password_file", path(), null, "A file that holds redis.password.");
    static final Key<String> REDIS_SENTINEL_USER =
            Key.of("redis.sentinel_user", text("a name"), null, "The ACL user to be at the Sentinels.");
    static final Key<String> REDIS_SENTINEL_PASSWORD =
            secret("redis.sentinel_password", "The password for the Sentinels, if they ask for one.");
    static final Key<Path> REDIS_SENTINEL_PASSWORD_FILE =
            Key.of("redis.sentinel_password_file", path(), null, "A file that holds redis.sentinel_password.");
    static final Key<Path> REDIS_TLS_CA_FILE = Key.of(
            "redis.tls.ca_file",
            path(),
            null,
            "Certificates (PEM) that may have signed the server's, for rediss addresses; without it, those that Java trusts.");
    static final Key<Path> REDIS_TLS_CERTIFICATE_FILE = Key.of(
            "redis.tls.certificate_file", path(), null, "Our certificate (PEM), for a server that asks for one.");
    static final Key<Path> REDIS_TLS_KEY_FILE =
            Key.of("redis.tls.key_file", path(), null, "The private key (PEM, PKCS 8) of our certificate.");
    static final Key<String> REDIS_TLS_SERVER_NAME = Key.of(
            "redis.tls.server_name",
            text("a host name"),
            null,
            "The name that the server's certificate has to have; without it, the host that we connect to.");
    static final Key<String> REDIS_REQUIRE = Key.of(
            "redis.require",
            redisRequirement(),
            null,
            "What the server has to promise of an acknowledged write; the sidecar refuses one that promises less."
                    + " aof: an append-only file. fsync: that it is on the disk. min-replicas=N: that it refuses writes with"
                    + " fewer replicas in step. wait=N: that N replicas have acknowledged it. waitaof=N: that it is on the disks"
                    + " of the server and of N replicas.");
    static final Key<Duration> REDIS_WAIT_TIMEOUT = Key.of(
            "redis.wait_timeout",
            duration(Duration.ofMillis(10), Duration.ofSeconds(30)),
            "1s",
            "How long replicas and disks are waited for, if redis.require asks for it; must be shorter than redis.call_timeout.");
    static final Key<Duration> REDIS_CALL_TIMEOUT = Key.of(
            "redis.call_timeout",
            duration(Duration.ofMillis(50), Duration.ofMinutes(1)),
            "3s",
            "How long a call may take, if its deadline does not come first. A server that is silent for so long counts as gone.");
    static final Key<Duration> REDIS_CONNECT_TIMEOUT = Key.of(
            "redis.connect_timeout",
            duration(Duration.ofMillis(50), Duration.ofMinutes(1)),
            "2s",
            "How long connecting may take, TLS and login included.");
    static final Key<Duration> REDIS_START_TIMEOUT = Key.of(
            "redis.start_timeout",
            duration(Duration.ZERO, Duration.ofMinutes(10)),
            "10s",
            "How long the sidecar tries to reach a server before it gives up starting.");
    static final Key<Duration> REDIS_RECONNECT_DELAY = Key.of(
            "redis.reconnect_delay",
            duration(Duration.ofMillis(20), Duration.ofMinutes(1)),
            "1s",
            "The longest pause between two tries to reach a server that is gone; the first are shorter.");
    static final Key<Integer> REDIS_CONNECTIONS = Key.of(
            "redis.connections",
            integer(1, 64),
            "4",
            "The most connections to one server that calls share. An event loop has one; more loops than this share them.");
    static final Key<Integer> REDIS_BLOCKING_CONNECTIONS = Key.of(
            "redis.blocking_connections",
            integer(1, 10_000),
            "64",
            "The most connections that wait for changes; a cluster takes one for each slot with a watched namespace.");
    static final Key<Integer> REDIS_CALLS = Key.of(
            "redis.calls",
            integer(1, 1_000_000),
            "8192",
            "The most calls that wait or are under way on one connection; more are turned away as OVERLOADED.");
    static final Key<Long> REDIS_CALL_BYTES = Key.of(
            "redis.call_bytes",
            bytes(MIB, 1024 * MIB),
            "16MiB",
            "The most bytes that these calls may hold; more are turned away as OVERLOADED.");
    static final Key<Duration> REDIS_TOMBSTONE_KEEP = Key.of(
            "redis.tombstone_keep",
            duration(Duration.ofMinutes(1), Duration.ofDays(365)),
            "1d",
            "How long deletions are remembered, so that watchers that come back after a cut hear of them.");
    static final Key<Integer> REDIS_CHANGES = Key.of(
            "redis.changes",
            integer(1_000, 100_000_000),
            "100000",
            "About how many changes of a namespace are kept for watchers that come back; one further behind lists anew.");

    static final Key<String> RAFT_CLUSTER = Key.of(
            "raft.cluster",
            pattern("up to 63 letters, digits, dots and dashes", Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]{0,62}")),
            "tandem",
            "The name of the cluster of Raft members, the same on all of them. Members with another one are not talked to.");
    static final Key<HostPort> RAFT_LISTEN = Key.of(
            "raft.listen",
            reachable("10.0.0.1:5701"),
            "127.0.0.1:5701",
            "Where a Raft member listens for the others, and is known to them. There is no TLS on this port: it needs a network"
                    + " of its own.");
    static final Key<List<HostPort>> RAFT_MEMBERS = Key.of(
            "raft.members",
            hostPorts("10.0.0.1:5701,10.0.0.2:5701,10.0.0.3:5701"),
            null,
            "Where all Raft members listen, this one too; the same on all of them.");
    static final Key<Integer> RAFT_VOTING_MEMBERS = Key.of(
            "raft.voting_members",
            integer(0, 99),
            "3",
            "How many members vote: 3, of which one may fail, or 5, of which two may, or 7. The same on all members, and fixed"
                    + " at the first start.");
    static final Key<Integer> RAFT_GROUPS = Key.of(
            "raft.groups",
            integer(1, 64),
            "1",
            "Over how many Raft groups the tasks are spread, each with a leader and entries of its own: more than one only if"
                    + " one leader's machine is the bound. The same on all members, and fixed at the first start.");
    static final Key<Durability> RAFT_DURABILITY = Key.of(
            "raft.durability",
            oneOf(Durability.class),
            "fsync",
            "What an acknowledged write survives. fsync: a power cut of all members. none: a crash of their processes, not of"
                    + " their machines.");
    static final Key<Duration> RAFT_LEADER_TIMEOUT = Key.of(
            "raft.leader_timeout",
            duration(Duration.ofMillis(100), Duration.ofSeconds(30)),
            "500ms",
            "After how long a silent leader is given up. Longer than the longest pause of a member that is well; the same on all"
                    + " members.");
    static final Key<Duration> RAFT_START_TIMEOUT = Key.of(
            "raft.start_timeout",
            duration(Duration.ofSeconds(1), Duration.ofHours(24)),
            "5m",
            "How long a member that starts waits for most of the voting members before it gives up.");

    static final Key<HostPort> NODE_LISTEN =
            Key.of("node.listen", hostPort(), "127.0.0.1:7422", "Where a store node listens for sidecars.");
    static final Key<Path> NODE_DATA = Key.of(
            "node.data", path(), "./tandem-node", "The folder in which a store node keeps its log and the tasks.");
    static final Key<Path> NODE_TLS_CERTIFICATE_FILE = Key.of(
            "node.tls.certificate_file",
            path(),
            null,
            "A store node's certificate (PEM), which it shows to sidecars. With it goes TLS, on both sides.");
    static final Key<Path> NODE_TLS_KEY_FILE =
            Key.of("node.tls.key_file", path(), null, "The private key (PEM, PKCS 8) of that certificate.");
    static final Key<Path> NODE_TLS_CLIENT_CA_FILE = Key.of(
            "node.tls.client_ca_file",
            path(),
            null,
            "Certificates (PEM) that have to have signed those that sidecars show.");
    static final Key<Boolean> NODE_INSECURE = Key.of(
            "node.insecure",
            bool(),
            "false",
            "Whether a store node may listen without TLS on an address that is not the machine's own: whoever reaches it may"
                    + " then read and write all tasks.");

    static final Key<String> NODES_CLUSTER = Key.of(
            "nodes.cluster",
            text("a name"),
            null,
            "The raft.cluster that the store nodes have to be of; without it, any, as long as they are all of one.");
    static final Key<Path> NODES_TLS_CA_FILE = Key.of(
            "nodes.tls.ca_file",
            path(),
            null,
            "Certificates (PEM) that have to have signed those that store nodes show. With it goes TLS, on both sides.");
    static final Key<Path> NODES_TLS_CERTIFICATE_FILE =
            Key.of("nodes.tls.certificate_file", path(), null, "Our certificate (PEM), which we show to store nodes.");
    static final Key<Path> NODES_TLS_KEY_FILE =
            Key.of("nodes.tls.key_file", path(), null, "The private key (PEM, PKCS 8) of our certificate.");
    static final Key<String> NODES_TLS_SERVER_NAME = Key.of(
            "nodes.tls.server_name",
            text("a host name"),
            null,
            "The name that the store nodes' certificates have to have; without it, the host that we connect to.");
    static final Key<Duration> NODES_START_TIMEOUT = Key.of(
            "nodes.start_timeout",
            duration(Duration.ZERO, Duration.ofHours(24)),
            "10s",
            "How long the sidecar tries to reach a store node before it gives up starting.");
    static final Key<Duration> NODES_SILENCE_TIMEOUT = Key.of(
            "nodes.silence_timeout",
            duration(Duration.ofMillis(50), Duration.ofMinutes(1)),
            "500ms",
            "After how long a silent store node with calls under way counts as gone, and its calls go to others. Longer than"
                    + " the longest pause of a node that is well.");
    static final Key<Integer> NODES_CALLS = Key.of(
            "nodes.calls",
            integer(1, 1_000_000),
            "20000",
            "The most batches and reads under way to store nodes; more are turned away as OVERLOADED.");
    static final Key<Long> NODES_CALL_BYTES = Key.of(
            "nodes.call_bytes",
            bytes(MIB, 1024 * MIB),
            "64MiB",
            "The most bytes that these may hold; more are turned away as OVERLOADED.");

    static final Key<LogLevel> LOG_LEVEL =
            Key.of("log.level", oneOf(LogLevel.class), "info", "What is logged: this and all that is graver.");
    static final Key<LogFormat> LOG_FORMAT = Key.of(
            "log.format",
            oneOf(LogFormat.class),
            "auto",
            "text: a line for people. json: one JSON object a line. auto: text on a terminal, json otherwise.");

    static final Key<URI> TRACING_ENDPOINT = Key.of(
            "tracing.otlp_endpoint",
            httpUrl(),
            null,
            "Where OpenTelemetry traces are sent, by OTLP over HTTP; /v1/traces is added if there is no path. Without it"
                    + " there is no tracing.");
    static final Key<String> TRACING_HEADERS = new Key<>(
            "tracing.otlp_headers",
            pattern("name=value,name=value", Pattern.compile("\\s*[^=,\\s]+=[^,]+(,\\s*[^=,\\s]+=[^,]+)*")),
            null,
            "HTTP headers to send along, for a collector that wants a token: name=value,name=value.",
            true);
    static final Key<Path> TRACING_HEADERS_FILE =
            Key.of("tracing.otlp_headers_file", path(), null, "A file that holds tracing.otlp_headers.");
    static final Key<Double> TRACING_SAMPLE = Key.of(
            "tracing.sample",
            ratio(),
            "1",
            "Which share of the calls that come without a trace is traced. A call that comes with one follows its flag.");
    static final Key<String> TRACING_SERVICE =
            Key.of("tracing.service_name", text("a name"), "tandem", "What the traces call this service.");

    /** All of them, in the order in which people read them. */
    public static final List<Key<?>> ALL = List.of(
            LISTEN,
            UNIX_SOCKET,
            ADMIN,
            ADMIN_TOKEN,
            ADMIN_TOKEN_FILE,
            STORE,
            STORES,
            SHADOW_READS,
            DEFAULT_NAMESPACE,
            EVENT_LOOPS,
            REFLECTION,
            LIMITS_PAYLOAD,
            LIMITS_REQUEST_KEEP,
            LIMITS_CALLS,
            LIMITS_STREAMS,
            LIMITS_REQUEST_BYTES,
            LIMITS_ANSWER_BYTES,
            SWEEP_INTERVAL,
            DRAIN_GRACE,
            DRAIN_TIMEOUT,
            SQLITE_SYNCHRONOUS,
            SQLITE_WRITE_QUEUE,
            SQLITE_WRITE_QUEUE_BYTES,
            SQLITE_BATCH,
            SQLITE_READ_QUEUE,
            SQLITE_SCAN_READERS,
            SQLITE_CACHE,
            SQLITE_TOMBSTONE_KEEP,
            REDIS_USER,
            REDIS_PASSWORD,
            REDIS_PASSWORD_FILE,
            REDIS_SENTINEL_USER,
            REDIS_SENTINEL_PASSWORD,
            REDIS_SENTINEL_PASSWORD_FILE,
            REDIS_TLS_CA_FILE,
            REDIS_TLS_CERTIFICATE_FILE,
            REDIS_TLS_KEY_FILE,
            REDIS_TLS_SERVER_NAME,
            REDIS_REQUIRE,
            REDIS_WAIT_TIMEOUT,
            REDIS_CALL_TIMEOUT,
            REDIS_CONNECT_TIMEOUT,
            REDIS_START_TIMEOUT,
            REDIS_RECONNECT_DELAY,
            REDIS_CONNECTIONS,
            REDIS_BLOCKING_CONNECTIONS,
            REDIS_CALLS,
            REDIS_CALL_BYTES,
            REDIS_TOMBSTONE_KEEP,
            REDIS_CHANGES,
            RAFT_CLUSTER,
            RAFT_LISTEN,
            RAFT_MEMBERS,
            RAFT_VOTING_MEMBERS,
            RAFT_GROUPS,
            RAFT_DURABILITY,
            RAFT_LEADER_TIMEOUT,
            RAFT_START_TIMEOUT,
            NODE_LISTEN,
            NODE_DATA,
            NODE_TLS_CERTIFICATE_FILE,
            NODE_TLS_KEY_FILE,
            NODE_TLS_CLIENT_CA_FILE,
            NODE_INSECURE,
            NODES_CLUSTER,
            NODES_TLS_CA_FILE,
            NODES_TLS_CERTIFICATE_FILE,
            NODES_TLS_KEY_FILE,
            NODES_TLS_SERVER_NAME,
            NODES_START_TIMEOUT,
            NODES_SILENCE_TIMEOUT,
            NODES_CALLS,
            NODES_CALL_BYTES,
            LOG_LEVEL,
            LOG_FORMAT,
            TRACING_ENDPOINT,
            TRACING_HEADERS,
            TRACING_HEADERS_FILE,
            TRACING_SAMPLE,
            TRACING_SERVICE);

    private Keys() {}

    private static Key<String> secret(String name, String description) {
        return new Key<>(name, text("a text"), null, description, true);
    }
}
