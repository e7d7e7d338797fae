package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.link.Credentials;
import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.exceptions.JedisBusyException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.ClientKillParams;

/**
 * One server that says no, in each of the ways that servers have: callers are told what was not done and what to do, nothing
 * is changed, and everything goes on once the reason is gone.
 */
class BadDaysTest extends StoreTest {
    private RedisServer server;
    private Sidecar sidecar;
    private Task task;

    @BeforeEach
    void start() {
        server = RedisServer.start();
        sidecar = new Sidecar(server.url());
        task = sidecar.calls.apply(Tasks.create("a"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private StoreException failureOf(Verb verb) {
        return StoreCalls.failureOf(sidecar.calls.start(sidecar.calls.command(verb)));
    }

    /** Verbs that create, change, and take one of many. */
    private void assertWritesRefused(FailureKind kind, String... says) {
        for (Verb verb : List.of(
                Tasks.create("b"),
                Tasks.cancel("a"),
                Tasks.delete("a"),
                Tasks.claim("w", 1),
                Tasks.acquire("leader", "me"))) {
            assertRefused(verb, kind, says);
        }
    }

    private void assertRefused(Verb verb, FailureKind kind, String... says) {
        StoreException refused = failureOf(verb);
        assertThat(refused.kind()).as("%s: %s", verb, refused.getMessage()).isEqualTo(kind);
        assertThat(refused.getMessage()).contains(says);
    }

    private void assertReadsGoOn() {
        assertThat(sidecar.calls.get("a")).isEqualTo(task);
        assertThat(sidecar.calls.list(TaskFilter.ALL, 10)).containsExactly(task);
        assertThat(sidecar.calls.query(new TaskQuery.Count(NS, TaskFilter.ALL)).total())
                .isEqualTo(1);
    }

    /** Nothing was changed, and the next write is the one after the first. */
    private void assertGoesOn() {
        assertReadsGoOn();
        assertThat(sidecar.calls.apply(Tasks.create("next")).version()).isEqualTo(task.version() + 1);
        assertThat(sidecar.told).isEmpty();
    }

    private void cutOff() {
        server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }

    /** A DELETE frees memory. */
    private void assertWritesOverloaded() {
        for (Verb verb :
                List.of(Tasks.create("b"), Tasks.cancel("a"), Tasks.claim("w", 1), Tasks.acquire("leader", "me"))) {
            assertRefused(verb, FailureKind.OVERLOADED, "memory is full", "maxmemory");
        }
    }

    /** Waits until a write is refused with these words. */
    private void awaitRefusal(String words) {
        waitUntil(words, () -> {
            StoreException refused = failureOf(Tasks.create("b"));
            if (!refused.getMessage().contains(words)) {
                return false; // it was under way when the connection ended
            }
            assertThat(refused.kind()).as(refused.getMessage()).isEqualTo(FailureKind.NOT_APPLIED);
            return true;
        });
    }

    // ---- it does not take writes

    @Test
    void demoted_writesAreRefused_untilItIsThePrimaryAgain() {
        server.command("REPLICAOF", "127.0.0.1", "1");

        StoreException refused = failureOf(Tasks.create("b"));
        assertThat(refused.kind()).as(refused.getMessage()).isEqualTo(FailureKind.NOT_APPLIED);
        awaitRefusal("is a replica, not a primary");
        server.command("REPLICAOF", "NO", "ONE");

        sidecar.awaitServer();
        assertGoesOn();
    }

    @Test
    void memoryFull_writesAreOverloadedAndReadsGoOn() {
        server.command("CONFIG", "SET", "maxmemory", "1");

        assertWritesOverloaded();
        assertReadsGoOn();
        server.command("CONFIG", "SET", "maxmemory", "0");

        assertGoesOn();
    }

    @Test
    void memoryFull_tasksCanStillBeDeleted() {
        server.command("CONFIG", "SET", "maxmemory", "1");

        assertThat(sidecar.calls.delete("a")).isGreaterThan(task.version());

        assertThat(sidecar.calls.find("a")).isEmpty();
    }

    @Test
    void memoryFull_whileTheServerDoesNotKnowTheScript_isOverloadedToo() {
        server.command("SCRIPT", "FLUSH");
        server.command("CONFIG", "SET", "maxmemory", "1");

        assertWritesOverloaded();
        server.command("CONFIG", "SET", "maxmemory", "0");

        assertGoesOn();
    }

    @Test
    void diskFailing_writesAreRefusedAndReadsGoOn() throws IOException {
        Path gone = Files.createTempDirectory("tandem-gone");
        try (RedisServer own = RedisServer.start("dir " + gone, "save 3600 1")) {
            sidecar = new Sidecar(own.url());
            task = sidecar.calls.apply(Tasks.create("a"));
            Files.delete(gone);
            own.command("BGSAVE");
            own.awaitInfo("persistence", "rdb_last_bgsave_status:err");

            assertWritesRefused(FailureKind.NOT_APPLIED, "can't write to its disk", "MISCONF");
            assertReadsGoOn();
            own.command("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");

            assertGoesOn();
        }
    }

    @Test
    void replicasMissing_writesAreRefusedAndReadsGoOn() {
        server.command("CONFIG", "SET", "min-replicas-to-write", "1");

        assertWritesRefused(FailureKind.NOT_APPLIED, "fewer replicas are in step", "min-replicas-to-write");
        assertReadsGoOn();
        server.command("CONFIG", "SET", "min-replicas-to-write", "0");

        assertGoesOn();
    }

    // ---- it does not answer anybody

    @Test
    void somebodysScriptRunsForLong_callsAreRefusedUntilItIsKilled() throws InterruptedException {
        server.command("CONFIG", "SET", "lua-time-limit", "1");
        Thread somebody = new Thread(() -> {
            try (Jedis jedis = server.jedis()) {
                jedis.eval("while true do end");
            } catch (JedisException e) {
                // it was killed
            }
        });
        somebody.start();
        waitUntil("it is busy", () -> {
            try {
                server.command("GET", "x");
                return false;
            } catch (JedisBusyException e) {
                return true;
            }
        });

        assertWritesRefused(FailureKind.NOT_APPLIED, "a script runs for too long", "SCRIPT KILL");
        assertThat(sidecar.calls
                        .failure(new TaskQuery.Get(NS, "a"), StoreCalls.WAIT_MAX)
                        .kind())
                .isEqualTo(FailureKind.NOT_APPLIED);
        server.command("SCRIPT", "KILL");
        somebody.join();

        assertGoesOn();
    }

    @Test
    void ourScriptKilled_saysSoAndChangesNothing() {
        IntStream.range(0, 1_000)
                .forEach(i ->
                        sidecar.calls.apply(Tasks.create("t" + i, Tasks.spec().withKind("k"))));
        server.command("CONFIG", "SET", "lua-time-limit", "1");
        TaskFilter slow = new TaskFilter(Set.of(), Set.of(), Set.of("none"), "", Map.of(), 0, Long.MAX_VALUE);
        List<StoreException> killed = new ArrayList<>();
        waitUntil("a script is killed", () -> {
            Future<?> counted =
                    sidecar.calls.start(() -> sidecar.store.query(new TaskQuery.Count(NS, slow), CallOptions.DEFAULT));
            while (!counted.isComplete()) {
                try {
                    server.command("SCRIPT", "KILL");
                } catch (JedisException e) {
                    // none runs, or not for long enough
                }
            }
            try {
                StoreCalls.await(counted);
            } catch (StoreException e) {
                killed.add(e);
            }
            return !killed.isEmpty();
        });
        assertThat(killed).allSatisfy(failure -> {
            assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(FailureKind.NOT_APPLIED);
            assertThat(failure).hasMessageContaining("killed");
        });
        assertThat(sidecar.calls.query(new TaskQuery.Count(NS, slow)).total()).isZero();
    }

    @Test
    void restarted_withMuchToLoad_refusesUntilItHasLoaded() throws IOException {
        server.command("CONFIG", "SET", "rdbcompression", "no");
        // It looks at its connections after each two megabytes.
        server.command("EVAL", "for i = 1, 10000 do redis.call('SET', 'key' .. i, string.rep('x', 1000)) end", "0");
        server.command("SAVE");
        server.kill();
        Files.writeString(server.folder().resolve("redis.conf"), "key-load-delay 50\n", StandardOpenOption.APPEND);
        server.beginRestart();

        awaitRefusal("still reading its data from the disk");
        sidecar.awaitServer();

        assertGoesOn();
    }

    // ---- it is not to be used any more

    @Test
    void passwordChanged_whileConnected_saysWhatToSet() {
        try (Jedis jedis = server.jedis()) {
            jedis.configSet("requirepass", "s3cret");
            jedis.clientKill(new ClientKillParams().type(ClientType.NORMAL).skipMe(ClientKillParams.SkipMe.YES));
        }

        awaitRefusal("redis.password_file");
    }

    @Test
    void userLosesItsRights_whileConnected_saysSoAndGoesOnWhenItHasThem() {
        server.command("ACL", "SETUSER", "tandem", "on", ">s3cret", "~tandem:*", "+@all");
        RedisOptions options = Stores.options(server.url())
                .credentials(new Credentials("tandem", "s3cret"))
                .build();
        sidecar = new Sidecar(options);
        assertReadsGoOn();
        server.command("ACL", "SETUSER", "tandem", "-xadd");

        // What the script may have written before it came to that is not known.
        assertWritesRefused(FailureKind.MAYBE_APPLIED, "ACL user lacks a right", "docs/redis.md");
        server.command("ACL", "SETUSER", "tandem", "+xadd");

        assertGoesOn();
    }

    @Test
    void evictingPolicy_setWhileItRuns_isNotUsedAfterTheNextConnection() {
        server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        cutOff();

        awaitRefusal("would delete tasks when its memory is full");
        server.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
        sidecar.awaitServer();

        assertGoesOn();
    }

    // ---- bounds

    private List<Future<Outcome>> createMany(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> sidecar.calls.start(sidecar.calls.command(Tasks.create("t" + i))))
                .toList();
    }

    private static Map<FailureKind, Long> kinds(List<Future<Outcome>> calls) {
        Map<FailureKind, Long> kinds = new EnumMap<>(FailureKind.class);
        for (Future<Outcome> call : calls) {
            kinds.merge(StoreCalls.failureOf(call).kind(), 1L, Long::sum);
        }
        return kinds;
    }

    @Test
    void serverSilent_moreThanTheBound_isOverloadedAtOnceAndNotHeld() {
        sidecar = new Sidecar(Stores.options(server.url())
                .calls(100, 1 << 20)
                .callTimeout(StoreCalls.WAIT_MAX)
                .build());
        sidecar.awaitServer();
        server.pause();

        List<Future<Outcome>> calls = createMany(5_000);

        // None of these waits for the server.
        assertThat(kinds(calls.subList(100, 5_000))).isEqualTo(Map.of(FailureKind.OVERLOADED, 4_900L));
        assertThat(calls.subList(0, 100)).noneMatch(Future::isComplete);
        server.resume();
        calls.subList(0, 100).forEach(StoreCalls::await);
        assertThat(sidecar.calls.list(TaskFilter.ofStates(TaskState.ENQUEUED), 1_000))
                .as("what was refused was not applied")
                .hasSize(101);
    }

    @Test
    void serverGone_anyNumberOfCalls_isRefusedAtOnceAndNotHeld() {
        server.kill();
        waitUntil("the end is noticed", () -> failureOf(Tasks.create("b")).kind() == FailureKind.NOT_APPLIED);

        long begun = System.nanoTime();
        List<Future<Outcome>> calls = createMany(5_000);

        assertThat(kinds(calls)).isEqualTo(Map.of(FailureKind.NOT_APPLIED, 5_000L));
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .as("far below what any of them would wait")
                .isLessThan(RedisOptions.of(RedisAddress.parse(server.url())).callTimeout());
    }

    @Test
    void close_withCallsUnderWay_answersAllOfThemAndEnds() {
        server.pause();
        List<Future<Outcome>> calls = createMany(50);
        Future<Void> closed = sidecar.calls.start(() -> sidecar.store.close());

        StoreCalls.await(closed);

        assertThat(kinds(calls).keySet())
                .as("what was sent, and what waited")
                .isSubsetOf(FailureKind.MAYBE_APPLIED, FailureKind.NOT_APPLIED);
        StoreException refused = failureOf(Tasks.create("b"));
        assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(refused).hasMessageContaining("the store is closed");
        server.resume();
    }

    @Test
    void close_whileTheServerIsGone_endsAndWhatWaitsIsNotApplied() {
        server.kill();
        List<Future<Outcome>> waiting = createMany(50);

        StoreCalls.await(sidecar.calls.start(() -> sidecar.store.close()));

        assertThat(kinds(waiting).keySet()).isSubsetOf(FailureKind.NOT_APPLIED, FailureKind.MAYBE_APPLIED);
        assertThat(sidecar.told).isEmpty();
    }
}
