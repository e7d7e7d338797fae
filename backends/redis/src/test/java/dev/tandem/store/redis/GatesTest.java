package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.Bytes;
import dev.tandem.task.Gate;
import dev.tandem.task.Gate.Role;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What gates and the outbox are in Redis: their keys, what they cost, and how the stream and lost writes go with them. */
class GatesTest extends StoreTest {
    private static final String RECORDS = "tandem:{" + NS + "}:records";
    private static final String CHANGES = "tandem:{" + NS + "}:changes";
    private static final String OUTBOX = "tandem:{" + NS + "}:outbox";

    private final RedisServer server = SharedServers.standalone();
    private Sidecar sidecar;

    @BeforeEach
    void open() {
        server.command("FLUSHALL");
        sidecar = new Sidecar(server.url());
    }

    private void move(long epoch, Role role, boolean hasOutbox) {
        Gate to = new Gate(epoch, role, hasOutbox, Bytes.EMPTY);
        assertThat(sidecar.calls.execute(new Verb.MoveGate(epoch - 1, to))).isEqualTo(new Outcome.Gated(to, true));
    }

    private Outcome execute(long epoch, Verb verb) {
        return execute(sidecar, epoch, verb);
    }

    private static Outcome execute(Sidecar by, long epoch, Verb verb) {
        return by.calls.execute(by.calls.command(verb).withEpoch(epoch));
    }

    private StoreException failure(long epoch, Verb verb) {
        return StoreCalls.failureOf(
                sidecar.calls.start(sidecar.calls.command(verb).withEpoch(epoch)));
    }

    private Cursor end() {
        return sidecar.calls.query(new TaskQuery.Changes(NS, null, 1)).next();
    }

    private ChangePage after(Cursor cursor) {
        return sidecar.calls.query(new TaskQuery.Changes(NS, cursor, 10));
    }

    private boolean hasOutboxKey() {
        return server.command("EXISTS", OUTBOX).equals("1");
    }

    @Test
    void outboxKey_isThereForAsLongAsThereIsSomethingInIt() {
        sidecar.calls.apply(Tasks.create("a"));
        move(1, Role.AUTHORITY, true);
        assertThat(hasOutboxKey()).isFalse();

        execute(1, Tasks.create("b"));
        assertThat(hasOutboxKey()).isTrue();
        List<OutboxEntry> entries =
                sidecar.calls.query(new TaskQuery.Outbox(NS, 0, 10)).entries();
        execute(1, new Verb.Acknowledge(entries));
        assertThat(hasOutboxKey()).isFalse();

        execute(1, Tasks.create("c"));
        move(2, Role.AUTHORITY, false);
        assertThat(hasOutboxKey()).isFalse();
    }

    /** Whether there is an outbox is found out once for a policy. */
    @Test
    void command_atAGateWithAnOutbox_isOneRoundTripButForTheFirst() {
        move(1, Role.AUTHORITY, true);
        server.command("SCRIPT", "FLUSH");
        execute(1, Tasks.create("first"));
        server.command("CONFIG", "RESETSTAT");

        execute(1, Tasks.create("second"));
        execute(1, new Verb.AcquireLease("scope", "me", 1_000));

        assertThat(server.command("INFO", "commandstats")
                        .lines()
                        .filter(line -> line.startsWith("cmdstat_eval"))
                        .mapToInt(line -> Integer.parseInt(line.replaceAll("[^:]*:calls=(\\d+),.*", "$1")))
                        .sum())
                .as("and one that brings the text of a script")
                .isEqualTo(3);
        assertThat(server.command("ZCARD", OUTBOX)).isEqualTo("3");
    }

    @Test
    void get_ofAnEpoch_isOneRoundTrip() {
        sidecar.calls.apply(Tasks.create("a"));
        server.command("CONFIG", "RESETSTAT");

        StoreCalls.await(sidecar.calls.start(
                () -> sidecar.store.query(new TaskQuery.Get(NS, "a"), CallOptions.DEFAULT.withEpoch(0))));
        sidecar.calls.get("a");

        String stats = server.command("INFO", "commandstats");
        assertThat(stats).contains("cmdstat_hmget:calls=1,").contains("cmdstat_hget:calls=1,");
    }

    @Test
    void aFencedCommand_writesNothing_andWhoSentItIsNotTakenForOneWhoLostWrites() {
        assertThat(failure(5, Tasks.create("a")).kind()).isEqualTo(FailureKind.FENCED);
        assertThat(sidecar.calls.execute(new Verb.MoveGate(5, new Gate(6, Role.SEALED, false, Bytes.EMPTY))))
                .isEqualTo(new Outcome.Gated(Gate.FIRST, false));
        assertThat(server.command("EXISTS", RECORDS)).isEqualTo("0");

        new Sidecar(server.url()).calls.apply(Tasks.create("a"));

        sidecar.calls.apply(Tasks.create("b"));
        assertThat(sidecar.told).isEmpty();
    }

    @Test
    void lostWrites_areToldBeforeTheGateIsAsked() {
        sidecar.calls.apply(Tasks.create("a"));
        move(1, Role.SEALED, false);
        server.command("FLUSHALL");

        assertThat(failure(1, Tasks.create("b"))).hasMessageContaining("lost writes");
        assertThat(failure(7, Tasks.create("b"))).hasMessageContaining("lost writes");
        assertThat(failure(0, new Verb.MoveGate(0, new Gate(1, Role.SEALED, false, Bytes.EMPTY))))
                .hasMessageContaining("lost writes");
    }

    @Test
    void loss_thatIsAccepted_leavesTheGateAndEndsAllCursors() {
        move(1, Role.AUTHORITY, true);
        execute(1, Tasks.create("a"));
        Cursor known = end();
        execute(1, Tasks.create("b"));
        server.command("DEL", CHANGES);
        Sidecar other = new Sidecar(server.url());
        server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        sidecar.awaitServer();
        sidecar.assertRefusesWrites(Tasks.create("c"));

        assertThat(other.accept()).isTrue();

        assertThat(after(known).isExpired()).isTrue();
        assertThat(sidecar.calls.query(new TaskQuery.GetGate(NS)))
                .isEqualTo(new Gate(1, Role.AUTHORITY, true, Bytes.EMPTY));
        assertThat(execute(1, Tasks.create("c"))).isInstanceOf(Outcome.Applied.class);
        assertThat(sidecar.calls.query(new TaskQuery.Outbox(NS, 0, 10)).entries())
                .hasSize(3);
    }

    /** A move's entry stands beside that of a version, and may be the one that the trimmed stream begins with. */
    @Test
    void changes_whenTheStreamBeginsWithAMove_areToldToWhoMissedNothing() {
        Cursor begin = end();
        sidecar.calls.apply(Tasks.create("a"));
        Cursor last = end();
        move(1, Role.AUTHORITY, false);
        Task next = ((Outcome.Applied) execute(1, Tasks.create("b"))).task();
        assertThat(after(begin).changes()).hasSize(2);

        server.command("XTRIM", CHANGES, "MAXLEN", "2");

        assertThat(after(begin).isExpired()).isTrue();
        assertThat(after(last).changes()).containsExactly(Change.written(next));
    }

    @Test
    void aMirrorsCursors_stayWhenItsVersionsLeap_untilItDecides() {
        sidecar.calls.apply(Tasks.create("a"));
        Cursor cursor = end();
        move(1, Role.SEALED, false);
        move(2, Role.MIRROR, false);
        execute(2, new Verb.Mirror(List.of(new Tombstone("b", 500, 1)), 500));
        execute(2, new Verb.Mirror(List.of(new Tombstone("c", 400, 1)), 1_000));

        ChangePage page = after(cursor);
        assertThat(page.isExpired()).isFalse();
        assertThat(page.next()).isEqualTo(new Cursor(List.of(1_000L)));

        move(3, Role.AUTHORITY, false);
        assertThat(after(page.next()).isExpired()).isTrue();
        assertThat(after(end()).isExpired()).isFalse();
    }

    /** Which no policy asks for; but who went on from there would miss what the mirror was given. */
    @Test
    void aMirrorThatIsSealed_endsTheCursorsFromBefore() {
        sidecar.calls.apply(Tasks.create("a"));
        Cursor cursor = end();
        move(1, Role.MIRROR, false);
        execute(1, new Verb.Mirror(List.of(new Tombstone("b", 500, 1)), 500));

        move(2, Role.SEALED, false);

        assertThat(after(cursor).isExpired()).isTrue();
    }

    @Test
    void outbox_withARecordThatCantBeRead_failsRatherThanLeaveItOut() {
        move(1, Role.AUTHORITY, true);
        execute(1, Tasks.create("bad"));
        Task good = ((Outcome.Applied) execute(1, Tasks.create("good"))).task();
        server.command("HSET", RECORDS, "tbad", "garbage");
        TaskQuery.Outbox query = new TaskQuery.Outbox(NS, 0, 10);

        assertThat(sidecar.calls.failure(query, StoreCalls.WAIT_MAX).kind()).isEqualTo(FailureKind.CORRUPT);

        execute(1, Tasks.delete("bad"));
        OutboxPage page = sidecar.calls.query(query);
        assertThat(page.records()).first().isEqualTo(good);
        assertThat(page.entries()).hasSize(2);
    }

    @Test
    void outbox_ofAForeignKey_isRefusedBeforeAnythingIsWritten() {
        move(1, Role.AUTHORITY, true);
        server.command("SET", OUTBOX, "somebody's");
        Sidecar newcomer = new Sidecar(server.url());

        StoreException failure = StoreCalls.failureOf(
                newcomer.calls.start(newcomer.calls.command(Tasks.create("a")).withEpoch(1)));

        assertThat(failure.kind()).isEqualTo(FailureKind.CORRUPT);
        assertThat(sidecar.calls.find("a")).isEmpty();
    }

    @Test
    void numbers_beyondWhatLuaKeeps_areRefusedOrFitNothing() {
        move(1, Role.AUTHORITY, true);
        Task task = ((Outcome.Applied) execute(1, Tasks.create("a"))).task();
        Gate far = new Gate(Long.MAX_VALUE, Role.SEALED, false, Bytes.EMPTY);

        assertThat(failure(0, new Verb.MoveGate(1, far)).kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(failure(Long.MAX_VALUE, Tasks.create("b")).kind()).isEqualTo(FailureKind.NOT_APPLIED);
        RecordName name = new RecordName(RecordKind.TASK, task.id());
        assertThat(execute(1, new Verb.Acknowledge(List.of(new OutboxEntry(name, Long.MAX_VALUE)))))
                .isEqualTo(new Outcome.Acknowledged(0));
        Gate largest = new Gate(1L << 53, Role.AUTHORITY, false, Bytes.EMPTY);
        assertThat(sidecar.calls.execute(new Verb.MoveGate(1, largest))).isEqualTo(new Outcome.Gated(largest, true));
        assertThat(execute(1L << 53, Tasks.create("b"))).isInstanceOf(Outcome.Applied.class);
    }
}
