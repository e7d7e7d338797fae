package dev.tandem.bench;

import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.StoreObserver;
import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisLink;
import dev.tandem.store.redis.link.RedisLinks;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.task.Bytes;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A Redis: one that runs, or a server that is started for the run.
 *
 * <p>Direct calls are made in three ways: by the store, by the plain client with the store's own requests, and by the
 * plain client with the cheapest command of that kind.
 */
final class RedisBackend implements Backend {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final RedisAddress address;
    private final @Nullable RedisAddress unix;
    private final RedisLogin login;
    private final @Nullable RedisProcess own;
    private final RedisProcess.Fsync fsync;
    private final PlainRedis admin;
    private final RedisNamespaces namespaces;
    private final Map<Way, TaskCalls> direct = new EnumMap<>(Way.class);

    private RedisBackend(
            Vertx vertx, RedisChoice choice, @Nullable RedisProcess own, String namespace, Closings closings) {
        this.vertx = vertx;
        this.login = choice.login();
        this.own = own;
        this.fsync = choice.fsync();
        this.address = own == null ? Objects.requireNonNull(choice.address()) : RedisAddress.parse(own.url());
        String unixUrl = own == null ? null : own.unixUrl();
        this.unix = unixUrl == null ? null : RedisAddress.parse(unixUrl);
        this.admin = PlainRedis.open(vertx, address, login, closings);
        this.namespaces = new RedisNamespaces(admin, namespace);
        closings.add(namespaces::removeAll);
    }

    /** @param payloads the sizes of payloads that tasks will have */
    static RedisBackend open(
            Vertx vertx, RedisChoice choice, Path folder, String namespace, List<Integer> payloads, Closings closings) {
        RedisProcess own = null;
        if (choice.address() == null) {
            RedisProcess started = RedisProcess.start(
                    RedisProcess.program(choice.program(), choice.searchPath()), choice.fsync(), folder);
            closings.add(started::close);
            started.awaitReady(vertx);
            own = started;
        }
        RedisBackend backend = new RedisBackend(vertx, choice, own, namespace, closings);
        backend.openDirect(payloads, closings);
        return backend;
    }

    private void openDirect(List<Integer> payloads, Closings closings) {
        TaskCalls store = storeCalls(address, closings);
        Map<Integer, byte[]> records = records(store, payloads);
        direct.put(Way.STORE, store);
        direct.put(Way.CLIENT, clientCalls(address, records, closings));
        direct.put(Way.SCRIPT, scriptCalls(address, closings));
        if (unix != null) {
            direct.put(Way.STORE_UNIX, storeCalls(unix, closings));
            direct.put(Way.CLIENT_UNIX, clientCalls(unix, records, closings));
            direct.put(Way.SCRIPT_UNIX, scriptCalls(unix, closings));
        }
    }

    private TaskCalls storeCalls(RedisAddress at, Closings closings) {
        RedisOptions options = RedisOptions.builder(at)
                .credentials(login.credentials())
                .tls(login.tls())
                .build();
        RedisLink link = Waiting.on(RedisLinks.open(vertx, options), OPEN_TIMEOUT, "the store for direct calls");
        RedisTaskStore store = new RedisTaskStore(vertx, link, RedisTaskStore.Settings.DEFAULT, StoreObserver.NONE);
        closings.add(() -> Waiting.on(store.close(), OPEN_TIMEOUT, "the end of the store"));
        return new StoreCalls(store, namespaces, InstantSource.system());
    }

    private TaskCalls scriptCalls(RedisAddress at, Closings closings) {
        RedisLink link = new PlainLink(PlainRedis.open(vertx, at, login, closings));
        RedisTaskStore store = new RedisTaskStore(vertx, link, RedisTaskStore.Settings.DEFAULT, StoreObserver.NONE);
        return new StoreCalls(store, namespaces, InstantSource.system());
    }

    private TaskCalls clientCalls(RedisAddress at, Map<Integer, byte[]> records, Closings closings) {
        return new ClientCalls(PlainRedis.open(vertx, at, login, closings), namespaces, records);
    }

    /** What the store makes of a task of each size, so that the plain client can be given as many bytes. */
    private Map<Integer, byte[]> records(TaskCalls store, List<Integer> payloads) {
        Map<Integer, byte[]> records = new HashMap<>();
        for (int payload : payloads) {
            String id = UUID.randomUUID().toString();
            Waiting.on(
                    store.create(id, "q-" + UUID.randomUUID(), Bytes.of(new byte[payload])),
                    OPEN_TIMEOUT,
                    "the first task");
            Request read = Request.cmd(Command.HGET)
                    .arg("tandem:" + RedisLink.hashTag(namespaces.get()) + ":records")
                    .arg("t" + id);
            records.put(payload, admin.ask(read).toBytes());
        }
        return records;
    }

    @Override
    public Kind kind() {
        return Kind.REDIS;
    }

    @Override
    public String sidecarStore(int start) {
        return address.toString();
    }

    @Override
    public @Nullable String unixStore() {
        return unix == null ? null : unix.toString();
    }

    @Override
    public Map<Way, TaskCalls> direct() {
        return direct;
    }

    @Override
    public Namespaces namespaces() {
        return namespaces;
    }

    @Override
    public ServerCosts costs(LoadGenerator load, TaskCalls api, SidecarProcess sidecar, Plan plan) {
        if (address.kind() == RedisAddress.Kind.CLUSTER) {
            return new ServerCosts(List.of(), null, "the nodes of a cluster count each for itself");
        }
        RedisMonitor monitor = own == null ? null : RedisMonitor.open(vertx, own.port(), admin);
        return new CostMeasurement(load, api, sidecar.process()::cpuNanos, admin, namespaces, monitor).run(plan);
    }

    @Override
    public @Nullable Scale scale(LoadGenerator load, TaskCalls api, List<Integer> tasks, Plan plan) {
        TaskCalls store = Objects.requireNonNull(direct.get(Way.STORE));
        return new ScaleMeasurement(load, store, api, new RedisScales(admin), namespaces).run(tasks, plan);
    }

    @Override
    public String describe() {
        String server = admin.ask(Request.cmd(Command.INFO).arg("server")).toString();
        String version = server.lines()
                .filter(line -> line.startsWith("redis_version:"))
                .map(line ->
                        "redis " + line.substring("redis_version:".length()).trim())
                .findFirst()
                .orElse("redis");
        return version + (own == null ? " at " + address : ", started for this run, fsync " + fsync.label());
    }
}
