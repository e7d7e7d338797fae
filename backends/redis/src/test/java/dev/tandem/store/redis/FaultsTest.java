package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.FailureKind;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.link.RedisRequirement;
import dev.tandem.store.redis.servers.RedisCluster;
import dev.tandem.store.redis.servers.RedisReplication;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.testkit.HistoryChecks;
import dev.tandem.testkit.LinearizabilityChecker;
import dev.tandem.testkit.Operation;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two sidecars' stores under load while their servers are killed, stopped, replaced and rearranged: what their clients saw
 * follows the rules, and nothing that was acknowledged is lost where the settings promise it. Where they do not, a loss is
 * noticed, and writes stop.
 */
class FaultsTest extends StoreTest {
    private static final int CLIENTS = 8;
    private static final int CALLS = 150;
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final List<String> STEADY = List.of("steady-0", "steady-1");

    private final List<Sidecar> sidecars = new ArrayList<>();

    private Work work(RedisOptions options) {
        return work(options, new Work.Plan(STEADY, 30, true));
    }

    private Work work(RedisOptions options, Work.Plan plan) {
        for (int i = 0; i < 2; i++) {
            sidecars.add(new Sidecar(options));
        }
        Work work = new Work(vertx, sidecars.stream().map(each -> each.store).toList(), CLIENTS, plan, DEADLINE);
        work.progress().awaitAcknowledged(CALLS);
        work.progress().measureAnew();
        return work;
    }

    private void assertNoLossTold() {
        assertThat(sidecars).allSatisfy(sidecar -> assertThat(sidecar.told).isEmpty());
    }

    private static void say(String what, Work work) {
        System.out.println(what + ": " + work.progress());
    }

    // ---- one server

    @Test
    void serverKilled_thatSyncsAlways_losesNothingAcknowledged() {
        killAgainAndAgain(5);
    }

    @Test
    @Tag("long")
    void serverKilled_manyTimes_losesNothingAcknowledged() {
        killAgainAndAgain(Integer.getInteger("tandem.kills", 60));
    }

    private void killAgainAndAgain(int kills) {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync always")) {
            Work work = work(Stores.options(server.url())
                    .require(RedisRequirement.parse("fsync"))
                    .build());
            for (int kill = 0; kill < kills; kill++) {
                work.progress().awaitAcknowledged(CALLS);
                server.kill();
                work.progress().awaitMore(FailureKind.NOT_APPLIED.name(), 2L * CLIENTS);
                server.restart();
                work.progress().awaitAcknowledged(CALLS);
            }
            say(kills + " times SIGKILL and restart", work);
            work.finishAndCheck();
            assertThat(work.progress().count(FailureKind.MAYBE_APPLIED.name()))
                    .as("calls that were under way when the server died")
                    .isPositive();
            assertNoLossTold();
        }
    }

    @Test
    void serverStopped_longerThanCallsWait_goesOnAsIfNothingWere() {
        try (RedisServer server = RedisServer.start()) {
            Work work = work(Stores.options(server.url())
                    .callTimeout(Duration.ofMillis(200))
                    .connectTimeout(Duration.ofMillis(200))
                    .build());
            for (int pause = 0; pause < 3; pause++) {
                work.progress().awaitAcknowledged(CALLS);
                server.pause();
                work.progress().awaitMore(FailureKind.NOT_APPLIED.name(), 2L * CLIENTS);
                server.resume();
                work.progress().awaitAcknowledged(CALLS);
            }
            say("3 times SIGSTOP until calls are refused, and SIGCONT", work);
            work.finishAndCheck();
            assertThat(work.progress().count(FailureKind.MAYBE_APPLIED.name())).isPositive();
            assertNoLossTold();
        }
    }

    @Test
    void scriptsForgotten_andClientsCutOff_underLoad_leaveAHistoryThatFollowsTheRules() {
        try (RedisServer server = RedisServer.start()) {
            Work work = work(Stores.options(server.url()).build());
            for (int round = 0; round < 20; round++) {
                server.command("SCRIPT", "FLUSH");
                work.progress().awaitAcknowledged(20);
                server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
                work.progress().awaitAcknowledged(20);
            }
            say("20 times SCRIPT FLUSH and CLIENT KILL", work);
            work.finishAndCheck();
            assertNoLossTold();
        }
    }

    // ---- Sentinel

    private static RedisOptions.Builder waiting(String url) {
        return Stores.options(url).require(RedisRequirement.parse("wait=1")).waitTimeout(Duration.ofMillis(500));
    }

    /** The Sentinels would do it themselves, after some ten seconds. */
    private static void demote(RedisServer old, RedisServer primary) {
        old.command("REPLICAOF", "127.0.0.1", String.valueOf(primary.port()));
    }

    @Test
    void failover_asked_whereTheReplicaIsWaitedFor_losesNothingAcknowledged() {
        try (RedisReplication replication = RedisReplication.start(1)) {
            Work work = work(waiting(replication.url()).build());
            RedisServer first = replication.primary();
            replication.failOver();
            demote(first, replication.primary());
            work.progress().awaitAcknowledged(CALLS);
            say("Sentinel failover on request", work);
            work.finishAndCheck();
            assertNoLossTold();
        }
    }

    /**
     * The replica is cut off first, so that there is something to lose. Without reads: these are not waited for, and may show
     * what the failover then loses.
     */
    @Test
    void primaryKilled_whoseReplicaWasBehindAndIsWaitedFor_losesNothingAcknowledged() {
        try (RedisReplication replication = RedisReplication.start(1)) {
            Work work = work(
                    waiting(replication.url())
                            .waitTimeout(Duration.ofMillis(50))
                            .build(),
                    new Work.Plan(STEADY, 30, false));
            RedisServer first = replication.primary();
            cutOff(first);
            work.progress().awaitMore(FailureKind.MAYBE_APPLIED.name(), 4L * CLIENTS);
            work.progress().measureAnew();
            first.kill();
            RedisServer second = replication.awaitOtherPrimary(first);
            first.restart();
            demote(first, second);
            work.progress().awaitAcknowledged(CALLS);
            say("Sentinel failover after SIGKILL", work);
            work.finishAndCheck();
            assertNoLossTold();
        }
    }

    @Test
    void primaryKilled_whoseReplicaWasBehind_isNoticedAndWritesStop() {
        try (RedisReplication replication = RedisReplication.start(1)) {
            Work work = steadyWork(replication.url());
            RedisServer first = replication.primary();
            cutOff(first);
            work.progress().awaitAcknowledged(10 * CALLS);
            first.kill();
            replication.awaitOtherPrimary(first);
            assertLossNoticed(work, "Sentinel failover that loses writes");
        }
    }

    // ---- Cluster

    @Test
    void nodeKilled_whoseReplicaIsWaitedFor_losesNothingAcknowledged() {
        try (RedisCluster cluster = RedisCluster.start(3, 1)) {
            Work work = work(waiting(cluster.url()).build());
            RedisServer first = cluster.primaryOf("{" + STEADY.get(0) + "}");
            first.kill();
            waitUntil("a replica is the primary", () -> isReplaced(cluster, first));
            first.restart();
            cluster.awaitOk();
            work.progress().awaitAcknowledged(CALLS);
            say("Cluster failover after SIGKILL", work);
            work.finishAndCheck();
            assertNoLossTold();
        }
    }

    private static boolean isReplaced(RedisCluster cluster, RedisServer first) {
        try {
            return cluster.primaryOf("{" + STEADY.get(0) + "}") != first;
        } catch (AssertionError e) {
            return false; // nobody has the slot at the moment
        }
    }

    @Test
    void nodeKilled_whoseReplicaWasBehind_isNoticedAndWritesStop() {
        try (RedisCluster cluster = RedisCluster.start(3, 1)) {
            Work work = steadyWork(cluster.url());
            RedisServer first = cluster.primaryOf("{" + STEADY.get(0) + "}");
            cutOff(first);
            work.progress().awaitAcknowledged(10 * CALLS);
            first.kill();
            waitUntil("a replica is the primary", () -> isReplaced(cluster, first));
            assertLossNoticed(work, "Cluster failover that loses writes");
        }
    }

    @Test
    void slotsMoving_keyByKeyUnderLoad_failNoCallAndLoseNothing() {
        RedisCluster cluster = SharedServers.cluster();
        cluster.nodes().forEach(node -> node.command("FLUSHALL"));
        List<String> namespaces = List.of("moving-0", "moving-1", "moving-2");
        Work work = work(Stores.options(cluster.url()).build(), new Work.Plan(namespaces, 70, true));
        for (int round = 0; round < 3; round++) {
            for (String namespace : namespaces) {
                String key = "{" + namespace + "}";
                int from = cluster.nodes().indexOf(cluster.primaryOf(key));
                RedisServer target = cluster.nodes().get((from + 1 + round % 2) % 3);
                long before = toldToTryAgain(cluster);
                cluster.beginMove(key, target);
                cluster.moveKey("tandem:" + key + ":records", target);
                waitUntil("calls wait for the other keys", () -> toldToTryAgain(cluster) > before + 4);
                cluster.moveKeys(key, target);
                cluster.endMove(key, target);
                work.progress().awaitAcknowledged(20);
            }
        }
        say("9 moves of slots", work);
        work.finishAndCheck();
        for (FailureKind kind : FailureKind.values()) {
            assertThat(work.progress().count(kind.name()))
                    .as(work.progress().said(kind.name()))
                    .isZero();
        }
        assertNoLossTold();
    }

    /**
     * A command that took all that the index had out of it before it put anything in was refused in the middle by a node whose
     * slot was moving away: there, a key that is gone counts as moved.
     */
    @Test
    void slotMoving_commandThatReplacesTheWholeIndex_isAppliedWhole() {
        RedisCluster cluster = SharedServers.cluster();
        cluster.nodes().forEach(node -> node.command("FLUSHALL"));
        StoreCalls calls = new Sidecar(Stores.options(cluster.url()).build()).calls;
        calls.apply(Tasks.create("a"));
        String key = "{" + NS + "}";
        RedisServer source = cluster.primaryOf(key);
        RedisServer target = cluster.nodes().get((cluster.nodes().indexOf(source) + 1) % 3);
        cluster.beginMove(key, target);

        Task canceled = calls.apply(Tasks.cancel("a"));

        cluster.moveKeys(key, target);
        cluster.endMove(key, target);
        assertThat(calls.list(TaskFilter.ofStates(TaskState.CANCELED), 10)).containsExactly(canceled);
        assertThat(calls.list(TaskFilter.ALL, 10)).containsExactly(canceled);
    }

    /** By the target in 6.2, by the source in newer versions. */
    private static long toldToTryAgain(RedisCluster cluster) {
        return cluster.nodes().stream()
                .flatMap(node -> node.command("INFO", "errorstats").lines())
                .filter(line -> line.startsWith("errorstat_TRYAGAIN:count="))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('=') + 1)))
                .sum();
    }

    // ---- lost writes

    /** In namespaces that stay alone: a loss is noticed by who writes there again. */
    private Work steadyWork(String url) {
        List<String> steady = IntStream.range(0, 6).mapToObj(i -> "steady-" + i).toList();
        return work(Stores.options(url).build(), new Work.Plan(steady, 100, true));
    }

    /** Its replicas stay behind from now on: they may not copy it any more. */
    private static void cutOff(RedisServer primary) {
        primary.command("ACL", "SETUSER", "default", "-psync", "-sync");
        primary.command("CLIENT", "KILL", "TYPE", "replica");
        primary.awaitInfo("replication", "connected_slaves:0");
    }

    /** Each namespace either lost nothing that was acknowledged, or a sidecar has said so and nobody writes to it. */
    private void assertLossNoticed(Work work, String what) {
        work.progress().await("a loss is noticed", () -> !told().isEmpty());
        work.progress().awaitMore(FailureKind.NOT_APPLIED.name(), 30L * CLIENTS);
        say(what, work);
        work.finish();
        Set<String> told = told();
        List<Operation> history = work.wholeHistory();
        Set<String> namespaces = history.stream()
                .map(operation -> operation.call().namespace())
                .collect(Collectors.toCollection(TreeSet::new));
        for (String namespace : namespaces) {
            List<Operation> seen = history.stream()
                    .filter(operation -> operation.call().namespace().equals(namespace))
                    .toList();
            if (told.contains(namespace)) {
                sidecars.add(new Sidecar(sidecars.get(0).options));
                for (Sidecar sidecar : sidecars) {
                    sidecar.assertRefusesWrites(namespace, Tasks.create("new"));
                }
            } else {
                assertThat(LinearizabilityChecker.check(seen))
                        .as("%s, of which nobody has said that it lost anything", namespace)
                        .isEmpty();
                HistoryChecks.check(seen);
            }
        }
    }

    private Set<String> told() {
        return sidecars.stream()
                .flatMap(sidecar -> sidecar.told.stream())
                .map(text -> text.substring(0, text.indexOf(' ')))
                .collect(Collectors.toSet());
    }
}
