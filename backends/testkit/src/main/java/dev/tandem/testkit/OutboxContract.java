package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.OutboxPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Bytes;
import dev.tandem.task.Gate;
import dev.tandem.task.Gate.Role;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An authority remembers what it has written until its mirror has it. */
abstract class OutboxContract extends ContractGroup {
    private static final long EPOCH = 1;
    private static final Gate KEEPS = new Gate(EPOCH, Role.AUTHORITY, true, Bytes.EMPTY);

    @SuppressWarnings("NullAway.Init") // Set before each test.
    OutboxContract(TaskStoreContract contract) {
        super(contract);
    }

    @BeforeEach
    void keepAnOutbox() {
        calls.apply(Tasks.create("before"));
        moveTo(KEEPS);
    }

    private void moveTo(Gate gate) {
        assertThat(calls.execute(new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, gate))
                        .succeeded())
                .isTrue();
    }

    private Outcome execute(Verb verb) {
        return calls.execute(calls.command(verb).withEpoch(EPOCH));
    }

    private Task apply(Verb verb) {
        return ((Outcome.Applied) execute(verb)).task();
    }

    private OutboxPage page(int shard, int limit) {
        return calls.query(new TaskQuery.Outbox(NAMESPACE, shard, limit));
    }

    private List<OutboxPage> pages() {
        List<OutboxPage> pages = new ArrayList<>();
        for (int shard = 0; shard < store.capabilities().shards(); shard++) {
            pages.add(page(shard, Limits.MIRROR_MAX));
        }
        return pages;
    }

    private List<OutboxEntry> entries() {
        return pages().stream().flatMap(page -> page.entries().stream()).toList();
    }

    private List<StoredRecord> records() {
        return pages().stream().flatMap(page -> page.records().stream()).toList();
    }

    private static OutboxEntry task(String id, long version) {
        return new OutboxEntry(new RecordName(RecordKind.TASK, id), version);
    }

    private long acknowledge(OutboxEntry... entries) {
        return ((Outcome.Acknowledged) execute(new Verb.Acknowledge(List.of(entries)))).entries();
    }

    /** All that there is, each shard's by itself. */
    private long acknowledgeAll() {
        long removed = 0;
        for (int shard = 0; shard < store.capabilities().shards(); shard++) {
            Verb acknowledge =
                    new Verb.Acknowledge(shard, page(shard, Limits.MIRROR_MAX).entries());
            removed += ((Outcome.Acknowledged) execute(acknowledge)).entries();
        }
        return removed;
    }

    @Test
    void outbox_beforeAnythingIsWritten_isEmpty() {
        assertThat(entries()).isEmpty();
    }

    @Test
    void outbox_ofAStoreWithoutAMirror_staysEmpty() {
        moveTo(new Gate(2, Role.AUTHORITY, false, Bytes.EMPTY));

        calls.execute(calls.command(Tasks.create("a")).withEpoch(2));

        assertThat(entries()).isEmpty();
    }

    @Test
    void task_thatIsWritten_isThereOnceAsItIsNow() {
        apply(Tasks.create("a"));
        Task changed = apply(Tasks.update("a").priority(5).verb());

        assertThat(entries()).containsExactly(task("a", changed.version()));
        assertThat(records()).containsExactly(changed);
    }

    @Test
    void task_thatIsDeleted_isThereAsItsTombstone() {
        apply(Tasks.create("a"));
        long version = ((Outcome.Deleted) execute(Tasks.delete("a"))).version();

        assertThat(entries()).containsExactly(task("a", version));
        assertThat(records()).containsExactly(new Tombstone("a", version, clock.millis()));
    }

    @Test
    void task_whoseTombstoneIsForgotten_isStillToldAsGone() {
        apply(Tasks.create("a"));
        long version = ((Outcome.Deleted) execute(Tasks.delete("a"))).version();
        clock.advance(Duration.ofMillis(tombstoneKeepMillis() + 1));
        execute(new Verb.Sweep(10));

        assertThat(records()).containsExactly(new Tombstone("a", version, 0));
    }

    @Test
    void tasks_thatAClaimOrASweepMoves_areThere() {
        apply(Tasks.create("a"));
        acknowledgeAll();
        Outcome.Claimed claimed = (Outcome.Claimed) execute(Tasks.claim("worker", 10));
        assertThat(records())
                .containsExactlyInAnyOrderElementsOf(claimed.tasks())
                .hasSize(2);
        acknowledgeAll();
        clock.advance(Duration.ofMillis(Tasks.LEASE_MILLIS + 1));

        execute(new Verb.Sweep(10));

        assertThat(records()).containsExactlyInAnyOrder(calls.get("a"), calls.get("before"));
    }

    @Test
    void tasks_thatAPruneDeletes_areThereAsTombstones() {
        Task canceled = apply(Tasks.cancel("before"));
        acknowledge(task("before", canceled.version()));
        clock.advance(Duration.ofMillis(10));

        execute(new Verb.Prune(Set.of(canceled.state()), clock.millis(), 10));

        assertThat(records()).singleElement().isInstanceOf(Tombstone.class);
    }

    @Test
    void lease_isThereAsItIsNow() {
        execute(Tasks.acquire("scope", "one"));
        LeaderLease lease = ((Outcome.Granted) execute(Tasks.acquire("scope", "one"))).lease();

        assertThat(entries())
                .containsExactly(new OutboxEntry(new RecordName(RecordKind.LEASE, "scope"), lease.version()));
        assertThat(records()).containsExactly(lease);
    }

    @Test
    void request_isThereWithTheVersionOfWhatItWrote() {
        Outcome outcome = calls.execute(Tasks.request(NAMESPACE, clock.millis(), "request", Tasks.create("a"))
                .withEpoch(EPOCH));
        Task created = ((Outcome.Applied) outcome).task();

        assertThat(entries())
                .containsExactly(
                        task("a", created.version()),
                        new OutboxEntry(new RecordName(RecordKind.REQUEST, "request"), created.version()));
        assertThat(records()).hasSize(2).first().isEqualTo(created);
        assertThat(((RequestRecord) records().get(1)).touched())
                .containsExactly(new RequestRecord.Touched("a", created.version()));
    }

    @Test
    void requestAndLease_thatAreForgotten_haveNothingToTell() {
        calls.execute(Tasks.request(NAMESPACE, clock.millis(), "request", Tasks.acquire("scope", "one"))
                .withEpoch(EPOCH));
        clock.advance(Duration.ofMillis(Math.max(tombstoneKeepMillis(), Tasks.KEEP_MILLIS) + Tasks.LEASE_MILLIS + 1));
        execute(new Verb.Sweep(10));

        assertThat(entries()).hasSize(2);
        assertThat(records()).isEmpty();
        assertThat(acknowledgeAll()).isEqualTo(2);
        assertThat(entries()).isEmpty();
    }

    @Test
    void acknowledged_isGone_andWhatIsNewerStays() {
        Task old = apply(Tasks.create("a"));
        Task newer = apply(Tasks.update("a").priority(1).verb());

        assertThat(acknowledge(task("a", old.version()))).isZero();
        assertThat(acknowledge(task("a", newer.version() + 1))).isZero();
        assertThat(acknowledge(task("not-there", newer.version()))).isZero();
        assertThat(entries()).hasSize(1);

        assertThat(acknowledge(task("a", newer.version()), task("a", newer.version())))
                .isEqualTo(1);
        assertThat(entries()).isEmpty();
        assertThat(calls.get("a")).isEqualTo(newer);
    }

    @Test
    void page_endsAtItsLimit_andBeginsWithTheOldest() {
        String one = inOneShard("one");
        String two = inOneShard("two");
        String three = inOneShard("three");
        apply(Tasks.create(one));
        long second = apply(Tasks.create(two)).version();
        Task third = apply(Tasks.create(three));
        long again = apply(Tasks.update(one).priority(1).verb()).version();
        int shard = shardWith(one);

        OutboxPage page = page(shard, 2);

        assertThat(page.entries()).containsExactly(task(two, second), task(three, third.version()));
        assertThat(page.more()).isTrue();
        assertThat(page.lastVersion()).isEqualTo(again);
        assertThat(page(shard, 3).more()).isFalse();
        acknowledge(page.entries().toArray(OutboxEntry[]::new));
        assertThat(page(shard, 2).entries()).containsExactly(task(one, again));
    }

    private int shardWith(String id) {
        for (int shard = 0; ; shard++) {
            if (page(shard, 100).entries().stream()
                    .anyMatch(entry -> entry.name().name().equals(id))) {
                return shard;
            }
        }
    }

    @Test
    void page_ofLargeRecords_isWhatAMirrorCommandTakes() {
        List<Task> large = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            large.add(apply(Tasks.create(
                    inOneShard("large" + i),
                    Tasks.spec().withPayload(Bytes.of(new byte[Limits.PAYLOAD_BYTES_DEFAULT])))));
        }

        OutboxPage page = page(shardWith(large.get(0).id()), 100);

        assertThat(page.records()).isEqualTo(large.subList(0, 4));
        assertThat(page.entries()).hasSize(4);
        assertThat(page.more()).isTrue();
    }

    @Test
    void outbox_isInOrderOfVersions() {
        for (int i = 0; i < 20; i++) {
            apply(Tasks.create("task" + i));
        }

        for (OutboxPage page : pages()) {
            assertThat(page.entries()).isSortedAccordingTo(Comparator.comparingLong(OutboxEntry::version));
        }
    }

    @Test
    void outbox_ofASealedAuthority_staysAndCanBeAcknowledged() {
        Task created = apply(Tasks.create("a"));
        moveTo(new Gate(2, Role.SEALED, true, Bytes.EMPTY));

        assertThat(entries()).containsExactly(task("a", created.version()));

        Verb acknowledge = new Verb.Acknowledge(entries());
        assertThat(calls.execute(calls.command(acknowledge).withEpoch(2))).isEqualTo(new Outcome.Acknowledged(1));
        assertThat(entries()).isEmpty();
    }

    @Test
    void outbox_thatIsNoLongerKept_isForgotten() {
        apply(Tasks.create("a"));

        moveTo(new Gate(2, Role.AUTHORITY, false, Bytes.EMPTY));
        assertThat(entries()).isEmpty();

        moveTo(new Gate(3, Role.AUTHORITY, true, Bytes.EMPTY));
        assertThat(entries()).isEmpty();
    }

    @Test
    void records_thatAnImportWrites_areThere() {
        Tombstone imported = new Tombstone("a", 1_000, 5);

        execute(new Verb.Mirror(List.of(imported), 0));

        assertThat(entries()).containsExactly(task("a", 1_000));
        assertThat(records()).containsExactly(imported);
    }
}
