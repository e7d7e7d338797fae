package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.client.TandemClient;
import dev.tandem.client.WatchHandler;
import dev.tandem.migration.Fleet;
import dev.tandem.migration.Migrations;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole sidecars with several real stores, in this process. */
class SeveralStoresTest {
    private static final Duration STOP_MAX = Duration.ofSeconds(2);

    @TempDir
    private Path folder;

    /** Of this test's own on a server that tests share. */
    private final String namespace = "ns-" + UUID.randomUUID();

    private final String tasks = "/v1/namespaces/" + namespace + "/tasks";
    /** Of this test's own: sidecars do the work of all moves that they find. */
    private final RedisServer redis = RedisServer.start("appendonly yes", "appendfsync always");

    private final Vertx vertx = Vertx.vertx();
    private final SidecarCalls calls = new SidecarCalls(vertx, namespace);
    private final List<Sidecar> started = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (Sidecar sidecar : started) {
            SidecarCalls.await(sidecar.drain());
        }
        SidecarCalls.await(vertx.close());
        redis.close();
    }

    private Future<Sidecar> start(String store, String stores) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of(
                "TANDEM_LISTEN",
                "127.0.0.1:0",
                "TANDEM_ADMIN",
                "127.0.0.1:0",
                "TANDEM_DRAIN_GRACE",
                "0s",
                "TANDEM_NODES_START_TIMEOUT",
                "200ms",
                "TANDEM_REDIS_START_TIMEOUT",
                "100ms",
                "TANDEM_STORE",
                store,
                "TANDEM_STORES",
                stores,
                "TANDEM_SHADOW_READS",
                "1"));
        return Sidecar.start(
                        vertx, SidecarConfig.of(ConfigLoader.load(null, environment, Map.of())), InstantSource.system())
                .onSuccess(started::add);
    }

    private String sqlite() {
        return "sqlite:" + folder.resolve("t.db");
    }

    private static SeveralStores of(Sidecar sidecar) {
        return Objects.requireNonNull(sidecar.severalStores());
    }

    private static @Nullable Policy known(Sidecar sidecar, String namespace) {
        return of(sidecar).router().policies().known().get(namespace);
    }

    private Migrations.Order order() {
        return new Migrations.Order(namespace, "a test", null, false);
    }

    private Migrations.Status begin(Sidecar sidecar, String target) throws Exception {
        return SidecarCalls.await(of(sidecar).migrations().start(order(), new Migrations.Start(target, true, false)));
    }

    /** One step forwards, as soon as nothing is in its way. */
    private Migrations.Status advance(Sidecar sidecar) throws Exception {
        Migrations migrations = of(sidecar).migrations();
        SidecarCalls.awaitThat("the next step may be taken", () -> {
            List<String> obstacles =
                    SidecarCalls.await(migrations.status(namespace)).obstacles();
            if (obstacles.stream().anyMatch(each -> each.endsWith("verify first"))) {
                SidecarCalls.await(migrations.verify(order()));
            }
            return obstacles.isEmpty();
        });
        return SidecarCalls.await(migrations.advance(order(), 100, STOP_MAX));
    }

    private static final List<Phase> STEPS = List.of(Phase.READ_NEWEST, Phase.READ_SWITCHED, Phase.WRITE_SWITCHED);

    private void moveAll(Sidecar sidecar, String target) throws Exception {
        begin(sidecar, target);
        for (Phase phase : STEPS) {
            assertThat(advance(sidecar).policy().phase()).isEqualTo(phase);
        }
        SidecarCalls.await(of(sidecar).migrations().complete(order()));
    }

    private void create(Sidecar sidecar, String id) throws Exception {
        HttpResponse<String> created = calls.post(sidecar, tasks, "{\"task_id\": \"" + id + "\"}");
        assertThat(created.statusCode()).as(created::body).isEqualTo(200);
    }

    private void assertReads(Sidecar sidecar, String id) throws Exception {
        HttpResponse<String> found = calls.get(sidecar, tasks + "/" + id);
        assertThat(found.statusCode()).as(found::body).isEqualTo(200);
    }

    /** A caller that creates at one sidecar and reads at the other, until it is stopped. */
    private final class Caller extends Thread {
        final AtomicInteger made = new AtomicInteger();
        private final String name;
        private final Sidecar one;
        private final Sidecar other;
        private volatile boolean isStopped;
        volatile @Nullable Throwable failure;

        Caller(String name, Sidecar one, Sidecar other) {
            this.name = name;
            this.one = one;
            this.other = other;
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            try {
                while (!isStopped) {
                    String id = name + made.get();
                    create(one, id);
                    assertReads(other, id);
                    made.incrementAndGet();
                }
            } catch (Exception | AssertionError e) {
                failure = e;
            }
        }

        void awaitCalls(int more) throws Exception {
            int until = made.get() + more;
            SidecarCalls.awaitThat(more + " more calls of " + name, () -> {
                assertThat(failure).isNull();
                return made.get() >= until;
            });
        }

        void end() throws Exception {
            isStopped = true;
            join();
            assertThat(failure).isNull();
        }
    }

    /** From Raft groups to a Redis, under calls at two sidecars, while a third one only looks. */
    @Test
    void move_underCallsOnSeveralSidecars_failsNoneAndIsSeenByAll() throws Exception {
        try (RaftSidecars members = new RaftSidecars(vertx, folder)) {
            Map<String, String> stores = Map.of("TANDEM_STORES", redis.url());
            SidecarCalls.await(
                    Future.all(members.start(0, stores), members.start(1, stores), members.start(2, stores)));
            Sidecar operated = members.get(1);
            Sidecar idle = members.get(2);
            assertThat(calls.get(idle, tasks + "/none").statusCode()).isEqualTo(404);
            Caller there = new Caller("there", members.get(0), members.get(1));
            Caller back = new Caller("back", members.get(1), members.get(0));
            there.awaitCalls(20);

            Policy begun = begin(operated, "redis").policy();
            assertThat(begun.phase()).isEqualTo(Phase.DUAL_WRITE);
            assertSeen(begun, idle, operated);
            for (Phase phase : STEPS) {
                Policy policy = advance(operated).policy();
                assertThat(policy.phase()).isEqualTo(phase);
                assertSeen(policy, idle, members.get(0));
                there.awaitCalls(10);
                back.awaitCalls(10);
            }
            Migrations.Status ended =
                    SidecarCalls.await(of(operated).migrations().complete(order()));
            there.awaitCalls(10);
            back.awaitCalls(10);
            there.end();
            back.end();

            assertThat(ended.policy().phase()).isEqualTo(Phase.SINGLE);
            assertThat(ended.policy().source()).isEqualTo("redis");
            assertSeen(ended.policy(), idle, members.get(0));
            assertFleetSees(ended.policy(), idle, 3);
            for (Caller caller : List.of(there, back)) {
                for (int i = 0; i < caller.made.get(); i++) {
                    assertReads(idle, caller.name + i);
                }
            }
            assertThat(calls.admin(operated, "/metrics").body())
                    .containsPattern("tandem_routing_fenced_total [0-9.]+")
                    .contains("tandem_routing_held_calls 0.0")
                    .contains("tandem_routing_moving_namespaces 0.0");
        }
    }

    private void assertSeen(Policy policy, Sidecar... sidecars) throws Exception {
        long begun = System.nanoTime();
        for (Sidecar sidecar : sidecars) {
            SidecarCalls.awaitThat("everybody goes by " + policy, () -> policy.equals(known(sidecar, namespace)));
        }
        System.out.printf("%s is known everywhere after %d ms%n", policy, (System.nanoTime() - begun) / 1_000_000);
    }

    private void assertFleetSees(Policy policy, Sidecar by, int sidecars) throws Exception {
        SidecarCalls.awaitThat("all say so", () -> {
            List<Fleet.Member> members = SidecarCalls.await(of(by).fleet().members());
            return members.size() == sidecars
                    && members.stream()
                            .allMatch(member -> Long.valueOf(policy.epoch())
                                    .equals(member.epochs().get(namespace)));
        });
    }

    /** Starts anew when it is told to, with what exists. */
    private static final class Watcher implements WatchHandler {
        final Set<String> seen = ConcurrentHashMap.newKeySet();
        final AtomicInteger expired = new AtomicInteger();

        @Override
        public Future<Void> handle(WatchTasksResponse event) {
            if (event.hasTask()) {
                seen.add(event.getTask().getTaskId());
            }
            return Future.succeededFuture();
        }

        @Override
        public boolean cursorExpired() {
            expired.incrementAndGet();
            seen.clear();
            return true;
        }
    }

    @Test
    void watch_namespaceComesToAnotherStore_isToldToListAnewAndGoesOn() throws Exception {
        Sidecar sidecar = SidecarCalls.await(start(sqlite(), redis.url()));
        Watcher watcher = new Watcher();
        try (TandemClient client = calls.client(sidecar)) {
            client.watch(WatchTasksRequest.newBuilder().setIncludeExisting(true).build(), watcher);
            create(sidecar, "before");
            SidecarCalls.awaitThat("it is seen", () -> watcher.seen.contains("before"));
            begin(sidecar, "redis");
            create(sidecar, "dual");
            SidecarCalls.awaitThat("the mirror is looked at, too", () -> {
                assertReads(sidecar, "dual");
                return calls.admin(sidecar, "/metrics")
                        .body()
                        .matches("(?s).*tandem_shadow_reads_total\\{result=\"same\"} [1-9].*");
            });
            for (Phase phase : STEPS) {
                assertThat(advance(sidecar).policy().phase()).isEqualTo(phase);
            }

            create(sidecar, "after");

            SidecarCalls.awaitThat("all are seen", () -> watcher.seen.equals(Set.of("before", "dual", "after")));
            assertThat(watcher.expired).hasValue(1);
            SidecarCalls.await(of(sidecar).migrations().complete(order()));
            create(sidecar, "last");
            SidecarCalls.awaitThat("it goes on", () -> watcher.seen.contains("last"));
            assertThat(watcher.expired).hasValue(1);
        }
    }

    @Test
    void fleet_ofASidecarOverSqliteAndRedis_tellsOfIt() throws Exception {
        Sidecar sidecar = SidecarCalls.await(start(sqlite(), redis.url()));
        create(sidecar, "t");
        begin(sidecar, "redis");

        List<Fleet.Member> members = SidecarCalls.await(of(sidecar).fleet().members());

        Fleet.Member self = members.stream()
                .filter(member -> String.valueOf(sidecar.adminAddress()).equals(member.admin()))
                .findFirst()
                .orElseThrow();
        assertThat(self.stores()).containsExactly("sqlite", "redis");
        assertThat(self.epochs()).isEqualTo(Map.of(namespace, 1L));
        SidecarCalls.await(of(sidecar).migrations().abort(order()));
    }

    @Test
    void start_aFurtherStoreIsAway_servesAndFindsItLater() throws Exception {
        redis.kill();
        Sidecar sidecar = SidecarCalls.await(start(sqlite(), redis.url()));

        assertThat(calls.admin(sidecar, "/readyz").statusCode()).isEqualTo(200);
        create(sidecar, "t");
        assertThatThrownBy(() -> begin(sidecar, "redis"))
                .hasMessageContaining("the store redis is not there: ")
                .hasMessageContaining("Redis at 127.0.0.1:" + redis.port());
        redis.restart();
        SidecarCalls.awaitThat("redis answers", () -> {
            try {
                begin(sidecar, "redis");
                return true;
            } catch (ExecutionException e) {
                assertThat(e).hasMessageContaining("the store redis is not there");
                return false;
            }
        });
        for (Phase phase : STEPS) {
            assertThat(advance(sidecar).policy().phase()).isEqualTo(phase);
        }

        assertReads(sidecar, "t");
    }

    /** One of two stores must not keep a sidecar from serving what is in the other. */
    @Test
    void restart_theStoreOfSomeNamespacesIsAway_servesTheOthers() throws Exception {
        Sidecar before = SidecarCalls.await(start(sqlite(), redis.url()));
        create(before, "t");
        moveAll(before, "redis");
        SidecarCalls.await(before.drain());
        redis.kill();

        Sidecar sidecar = SidecarCalls.await(start(sqlite(), redis.url()));

        assertThat(calls.admin(sidecar, "/readyz").statusCode()).isEqualTo(200);
        assertThat(calls.post(sidecar, "/v1/namespaces/other/tasks", "{}").statusCode())
                .isEqualTo(200);
        HttpResponse<String> refused = calls.post(sidecar, tasks, "{\"task_id\": \"u\"}");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("the store redis is not there");
        redis.restart();
        SidecarCalls.awaitThat(
                "it is there again", () -> calls.get(sidecar, tasks + "/t").statusCode() == 200);
        create(sidecar, "u");
        assertThat(known(sidecar, namespace))
                .isNotNull()
                .extracting(Policy::source)
                .isEqualTo("redis");
    }

    @Test
    void start_theStoreOfNewNamespacesIsAway_isNotReadyUntilItIsThere() throws Exception {
        redis.kill();
        Sidecar sidecar = SidecarCalls.await(start(redis.url(), sqlite()));

        assertThat(calls.admin(sidecar, "/readyz").statusCode()).isEqualTo(503);
        assertThat(calls.admin(sidecar, "/readyz").body()).contains("the store redis is not there");
        for (String call : List.of("/none", ":watch")) {
            HttpResponse<String> refused = calls.get(sidecar, tasks + call);
            assertThat(refused.statusCode()).as(refused::body).isEqualTo(503);
        }
        redis.restart();
        SidecarCalls.awaitThat("ready", () -> calls.admin(sidecar, "/readyz").statusCode() == 200);
        create(sidecar, "t");
    }

    @Test
    void start_noStoreThatCanBeOpened_failsWithTheReasonAndLeavesNothing() throws Exception {
        redis.kill();
        String file = "sqlite:" + folder.resolve("none").resolve("t.db");

        assertThatThrownBy(() -> SidecarCalls.await(start(file, redis.url())))
                .cause()
                .isInstanceOf(StartException.class)
                .hasMessageContaining("none");
        assertThatThrownBy(() -> SidecarCalls.await(start(redis.url(), "tandem://127.0.0.1:1")))
                .cause()
                .isInstanceOf(StartException.class)
                .hasMessageContaining("Redis at 127.0.0.1:" + redis.port())
                .hasMessageContaining("; and ");
    }
}
