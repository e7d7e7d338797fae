package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Task;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that hold what Tandem did not write, or a later version of it: told plainly, and everything else goes on. */
class DamageTest extends StoreTest {
    private static final String RECORDS = "tandem:{" + NS + "}:records";
    private static final String INDEX = "tandem:{" + NS + "}:index";

    private final RedisServer server = SharedServers.standalone();
    private Sidecar sidecar;

    @BeforeEach
    void open() {
        server.command("FLUSHALL");
        sidecar = new Sidecar(server.url());
    }

    private void damage(String id, String garbage) {
        server.command("HSET", RECORDS, "t" + id, garbage);
    }

    private void assertCorrupt(Verb verb) {
        StoreException failure = StoreCalls.failureOf(sidecar.calls.start(sidecar.calls.command(verb)));
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(FailureKind.CORRUPT);
    }

    /** No MessagePack; an array that is too short; the right length, with text for numbers. */
    @ParameterizedTest
    @ValueSource(strings = {"garbage", "", "\u0001", "\u0003abc", "{}"})
    void damagedRecord_failsItsOwnCallsAlone(String garbage) {
        sidecar.calls.apply(Tasks.create("bad", Tasks.spec().withPriority(5)));
        Task good = sidecar.calls.apply(Tasks.create("good"));
        damage("bad", garbage);
        String before = server.command("HGET", RECORDS, "tbad");

        assertThat(sidecar.calls
                        .failure(new TaskQuery.Get(NS, "bad"), StoreCalls.WAIT_MAX)
                        .kind())
                .isEqualTo(FailureKind.CORRUPT);
        assertCorrupt(Tasks.cancel("bad"));
        assertCorrupt(Tasks.create("bad"));
        assertCorrupt(new Verb.Delete("bad", 1));
        assertThat(server.command("HGET", RECORDS, "tbad")).isEqualTo(before);

        assertThat(sidecar.calls.list(TaskFilter.ALL, 10)).containsExactly(good);
        assertThat(sidecar.calls.claim(Tasks.claim("w", 10)).tasks())
                .extracting(Task::id)
                .containsExactly("good");
        assertThat(sidecar.told).contains(NS + " bad");
        assertThat(sidecar.calls
                        .query(new TaskQuery.Changes(NS, new dev.tandem.store.Cursor(List.of(0L)), 10))
                        .changes())
                .extracting(change -> change.taskId())
                .containsExactly("good");
    }

    @Test
    void damagedRecord_isDeletedByWhoExpectsNoVersion_andItsIdUsedAgain() {
        sidecar.calls.apply(Tasks.create("bad"));
        damage("bad", "garbage");

        long version = sidecar.calls.delete("bad");

        assertThat(sidecar.calls.find("bad")).isEmpty();
        clock.advanceMillis(10);
        Task again = sidecar.calls.apply(Tasks.create("bad"));
        assertThat(again.version()).isGreaterThan(version);
        assertThat(sidecar.calls.list(TaskFilter.ALL, 10))
                .as("once, though the index has its old entry too")
                .containsExactly(again);
        assertThat(sidecar.calls.claim(Tasks.claim("w", 10)).tasks()).hasSize(1);
    }

    @Test
    void damagedRecordOfALease_isSetAsideByTheSweep() {
        sidecar.calls.apply(Tasks.create("bad"));
        sidecar.calls.apply(Tasks.create("good"));
        sidecar.calls.claim(Tasks.claim("w", 2));
        damage("bad", "garbage");
        clock.advanceMillis(Tasks.LEASE_MILLIS);

        assertThat(sidecar.calls.sweep(10)).isEqualTo(new Outcome.Swept(1, 0, false));
        assertThat(sidecar.told).containsExactly(NS + " bad");
        assertThat(sidecar.calls.sweep(10)).isEqualTo(new Outcome.Swept(0, 0, false));
        assertThat(sidecar.told).as("not come across again").hasSize(1);
    }

    @Test
    void damagedRecordOfALeader_failsItsOwnCallsAlone() {
        sidecar.calls.grant(Tasks.acquire("bad", "me"));
        server.command("HSET", RECORDS, "lbad", "garbage");

        assertCorrupt(Tasks.acquire("bad", "me"));
        assertThat(sidecar.calls
                        .failure(new TaskQuery.GetLease(NS, "bad"), StoreCalls.WAIT_MAX)
                        .kind())
                .isEqualTo(FailureKind.CORRUPT);
        sidecar.calls.grant(Tasks.acquire("good", "me"));
    }

    @Test
    void aNewerLayout_isRefusedWithoutAChange() {
        sidecar.calls.apply(Tasks.create("a"));
        server.command(
                "EVAL",
                "local m = redis.call('HGET', KEYS[1], 'm')"
                        + " return redis.call('HSET', KEYS[1], 'm', 'TM\\2' .. string.sub(m, 4))",
                "1",
                RECORDS);
        String before = server.command("HGETALL", RECORDS);

        StoreException refused = StoreCalls.failureOf(sidecar.calls.start(sidecar.calls.command(Tasks.create("b"))));

        assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(refused).hasMessageContaining("layout 2").hasMessageContaining("use the version that wrote them");
        assertThat(server.command("HGETALL", RECORDS)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"records", "index", "changes"})
    void keysOfAnotherType_areNeverWrittenTo(String key) {
        String name = "tandem:{" + NS + "}:" + key;
        server.command("SET", name, "somebody's");

        assertCorrupt(Tasks.create("a"));

        assertThat(server.command("GET", name)).isEqualTo("somebody's");
        assertThat(server.command("KEYS", "tandem:{" + NS + "}:*")).isEqualTo(name);
    }

    @Test
    void damagedMeta_refusesWritesWithoutAChange() {
        sidecar.calls.apply(Tasks.create("a"));
        server.command("HSET", RECORDS, "m", "garbage");

        assertCorrupt(Tasks.create("b"));
        assertThat(server.command("HGET", RECORDS, "m")).isEqualTo("garbage");
        assertThat(sidecar.calls.find("a")).isPresent();
    }

    @Test
    void namespacesThatCantBeRead_areNamedAndHideNoOthers() {
        sidecar.calls.apply(Tasks.create("a"));
        new StoreCalls(vertx, sidecar.store, clock, "newer").apply(Tasks.create("a"));
        new StoreCalls(vertx, sidecar.store, clock, "other").apply(Tasks.create("a"));
        new StoreCalls(vertx, sidecar.store, clock, "garbled").apply(Tasks.create("a"));
        server.command("HSET", "tandem:{garbled}:records", "m", "garbage");
        server.command("HSET", "tandem:{newer}:records", "m", "TM\2 and more");
        server.command("DEL", "tandem:{other}:records");
        server.command("SET", "tandem:{other}:records", "somebody's");

        assertThat(sidecar.calls.query(new TaskQuery.Namespaces()))
                .containsExactlyInAnyOrder("garbled", "newer", "other", NS);
    }

    @Test
    void damagedRequestRecord_refusesItsRequestAlone() {
        Verb create = Tasks.create("a");
        sidecar.calls.request("r", create);
        server.command("HSET", RECORDS, "rr", "garbage");

        StoreException failure =
                StoreCalls.failureOf(sidecar.calls.start(Tasks.request(NS, clock.millis(), "r", Tasks.create("b"))));

        assertThat(failure.kind()).isEqualTo(FailureKind.CORRUPT);
        assertThat(sidecar.calls.find("b")).isEmpty();
        sidecar.calls.request("other", Tasks.create("b"));
    }

    @Test
    void numbersThatLuaCantKeep_areRefusedOrNeverFit() {
        sidecar.calls.apply(Tasks.create("a"));
        Task claimed = sidecar.calls.claimOne("w");

        sidecar.calls.reject(Tasks.complete("a", Long.MAX_VALUE), Reason.LEASE_LOST);
        sidecar.calls.reject(new Verb.Delete("a", (1L << 53) + 1), Reason.VERSION_MISMATCH);
        StoreException refused = StoreCalls.failureOf(sidecar.calls.start(
                sidecar.calls.command(new Verb.Create("b", Tasks.spec(), Long.MAX_VALUE, 0, Map.of()))));

        assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(refused).hasMessageContaining("the year 10889");
        assertThat(sidecar.calls.find("b")).isEmpty();
        sidecar.calls.apply(
                Tasks.complete("a", Objects.requireNonNull(claimed.lease()).token()));
    }

    @Test
    void indexOfNothing_isSetAside() {
        sidecar.calls.apply(Tasks.create("a"));
        server.command("HDEL", RECORDS, "ta");
        sidecar.calls.apply(Tasks.create("b"));

        assertThat(sidecar.calls.list(TaskFilter.ALL, 10)).extracting(Task::id).containsExactly("b");
        assertThat(sidecar.calls.claim(Tasks.claim("w", 10)).tasks()).hasSize(1);
        assertThat(server.command("ZCARD", INDEX))
                .as("a's entry by creation, b's two")
                .isEqualTo("3");
    }
}
