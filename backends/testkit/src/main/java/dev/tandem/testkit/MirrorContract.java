package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.Cursor;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Another store's records are taken over if they are newer, and the copy answers as the original does. */
abstract class MirrorContract extends ContractGroup {
    /** Another store: the reference. */
    private TaskStore other;

    private StoreCalls there;

    @SuppressWarnings("NullAway.Init") // Set before each test.
    MirrorContract(TaskStoreContract contract) {
        super(contract);
    }

    @BeforeEach
    void openOther() {
        other = new ReferenceTaskStore(vertx, tombstoneKeepMillis());
        there = new StoreCalls(vertx, other, clock, NAMESPACE);
    }

    @AfterEach
    void closeOther() {
        StoreCalls.await(there.start(other::close));
    }

    private List<Task> list(TaskFilter filter) {
        return calls.list(filter, 100);
    }

    @Test
    void mirror_ofATask_isFoundByWhateverItIsFoundBy() {
        Task task = there.apply(Tasks.create("a", Tasks.spec().withLabels(Map.of("zone", "east"))));

        assertThat(calls.mirror(5, task)).isEqualTo(1);

        assertThat(calls.get("a")).isEqualTo(task);
        assertThat(list(new TaskFilter(Set.of(), Set.of(), Set.of(), "", Map.of("zone", "east"), 0, Long.MAX_VALUE)))
                .containsExactly(task);
        assertThat(calls.query(new TaskQuery.Namespaces())).contains(NAMESPACE);
        Task claimed = calls.claimOne("worker");
        assertThat(claimed.version())
                .as("the first version behind the other store's")
                .isGreaterThan(5);
    }

    @Test
    void mirror_ofANewerRecord_replacesWithAllThatItWasFoundBy() {
        Task first = there.apply(Tasks.create("a", Tasks.spec().withLabels(Map.of("zone", "east"))));
        calls.mirror(1, first);
        Task second = there.apply(
                Tasks.update("a").labels(Map.of("zone", "west")).queue("sms").verb());

        assertThat(calls.mirror(2, second)).isEqualTo(1);

        assertThat(calls.get("a")).isEqualTo(second);
        assertThat(calls.claim(Tasks.claim("worker", 1)).tasks()).isEmpty();
        assertThat(calls.claim(Tasks.claim("worker", 1, "sms")).tasks()).hasSize(1);
        assertThat(calls.query(new TaskQuery.Count(NAMESPACE, TaskFilter.ALL)).byState())
                .isEqualTo(Map.of(TaskState.PROCESSING, 1L));
    }

    @Test
    void mirror_ofAnOlderOrTheSameRecord_changesNothing() {
        Task first = there.apply(Tasks.create("a"));
        Task second = there.apply(Tasks.update("a").priority(7).verb());
        calls.mirror(2, second);
        List<StoredRecord> before = calls.scanAll();
        Cursor end = calls.query(new TaskQuery.Changes(NAMESPACE, null, 1)).next();

        assertThat(calls.mirror(2, first, second)).isZero();

        assertThat(calls.scanAll()).isEqualTo(before);
        assertThat(calls.query(new TaskQuery.Changes(NAMESPACE, end, 1)).isExpired())
                .isFalse();
    }

    @Test
    void mirror_ofATombstone_removesTheOlderTaskAndKeepsItAway() {
        Task task = there.apply(Tasks.create("a"));
        Tombstone tombstone = new Tombstone("a", there.delete("a"), clock.millis());
        calls.mirror(1, task);

        assertThat(calls.mirror(2, tombstone)).isEqualTo(1);
        assertThat(calls.find("a")).isEmpty();
        assertThat(calls.claim(Tasks.claim("worker", 1)).tasks()).isEmpty();
        assertThat(calls.mirror(2, task)).isZero();
        assertThat(calls.find("a")).isEmpty();
        assertThat(calls.scanAll()).containsExactly(tombstone);
    }

    @Test
    void mirror_ofATombstoneOfATaskThatNeverCame_keepsTheTaskAway() {
        Task task = there.apply(Tasks.create("a"));
        Tombstone tombstone = new Tombstone("a", there.delete("a"), clock.millis());

        assertThat(calls.mirror(2, tombstone)).isEqualTo(1);
        assertThat(calls.mirror(2, task, tombstone)).isZero();

        assertThat(calls.scanAll()).containsExactly(tombstone);
    }

    @Test
    void mirror_ofATaskMadeAnew_takesThePlaceOfTombstoneAndOldTask() {
        Task old = there.apply(Tasks.fanOut("a", "n1"));
        Tombstone tombstone = new Tombstone("a", there.delete("a"), clock.millis());
        clock.advanceMillis(10);
        Task anew = there.apply(Tasks.fanOut("a", "n1"));
        calls.mirror(1, old);

        assertThat(calls.mirror(3, anew, tombstone)).isEqualTo(1);

        assertThat(list(TaskFilter.ALL)).containsExactly(anew);
        assertThat(list(new TaskFilter(
                        Set.of(), Set.of(), Set.of(), "n1", Map.of(), anew.createdAtMillis(), Long.MAX_VALUE)))
                .containsExactly(anew);
        assertThat(calls.mirror(3, new Tombstone("a", 4, clock.millis()))).isEqualTo(1);
        assertThat(list(TaskFilter.ALL)).isEmpty();
    }

    @Test
    void mirror_inOneCommandSeveralRecordsOfATask_keepsTheNewest() {
        Task first = there.apply(Tasks.create("a"));
        Task second = there.apply(Tasks.update("a").queue("sms").verb());
        Task third = there.apply(Tasks.update("a").queue(Tasks.QUEUE).verb());

        assertThat(calls.mirror(3, first, second, third, second)).isEqualTo(3);

        assertThat(calls.get("a")).isEqualTo(third);
        assertThat(calls.claim(Tasks.claim("worker", 5, "sms")).tasks()).isEmpty();
        assertThat(calls.claim(Tasks.claim("worker", 5)).tasks()).hasSize(1);
    }

    @Test
    void mirror_ofRecordsWithOneVersion_asShardsGiveThem_keepsEach() {
        Task one = there.apply(Tasks.create("a"));
        Task two = there.in("elsewhere").apply(Tasks.create("b"));
        Task twin = new Task(
                NAMESPACE,
                two.id(),
                one.version(),
                two.spec(),
                two.state(),
                0,
                two.createdAtMillis(),
                two.updatedAtMillis(),
                two.dueAtMillis(),
                0,
                0,
                null,
                two.progress(),
                two.result(),
                null,
                Map.of());

        assertThat(calls.mirror(1, one, twin, new Tombstone("c", 1, 1), new Tombstone("d", 1, 1)))
                .isEqualTo(4);
        Cursor end = calls.query(new TaskQuery.Changes(NAMESPACE, null, 1)).next();
        calls.delete("a");

        assertThat(calls.get("b")).isEqualTo(twin);
        assertThat(calls.scanAll()).hasSize(4);
        assertThat(calls.query(new TaskQuery.Changes(NAMESPACE, end, 10)).changes())
                .hasSize(1);
    }

    @Test
    void mirror_movesVersionsAndTimeOn() {
        clock.advanceMillis(1000);
        assertThat(calls.mirror(700)).isZero();
        clock.advanceMillis(-1000);

        Task task = calls.apply(Tasks.create("a"));

        assertThat(task.version()).isEqualTo(701);
        assertThat(task.createdAtMillis()).isEqualTo(clock.millis() + 1000);
        ScanPage page = calls.query(new TaskQuery.Scan(NAMESPACE, null, 1));
        assertThat(page.cursor().versions()).allMatch(version -> version >= 700);
    }

    @Test
    void mirror_cursorsFromBefore_expireAndThoseAfterwardsTellOn() {
        Task own = calls.apply(Tasks.create("own"));
        Cursor before = calls.query(new TaskQuery.Changes(NAMESPACE, null, 1)).next();
        Task task = there.apply(Tasks.create("a"));

        calls.mirror(1, task);

        assertThat(own.version()).as("so that the other's version is not new").isEqualTo(task.version());
        assertThat(calls.query(new TaskQuery.Changes(NAMESPACE, before, 10)).isExpired())
                .isTrue();
        Cursor after = calls.query(new TaskQuery.Changes(NAMESPACE, null, 1)).next();
        long deleted = calls.delete("a");
        assertThat(calls.query(new TaskQuery.Changes(NAMESPACE, after, 10)).changes())
                .singleElement()
                .satisfies(change -> assertThat(change.version()).isEqualTo(deleted));
    }

    @Test
    void mirror_ofALease_isHeldUntilItsTimeAndItsTokensGoOnRising() {
        LeaderLease lease = there.grant(Tasks.acquire("reports", "pod-1"));
        LeaderLease renewed = there.grant(new Verb.RenewLease("reports", lease.token(), 0));

        assertThat(calls.mirror(2, renewed, lease)).isEqualTo(1);

        calls.reject(Tasks.acquire("reports", "pod-2"), Outcome.Reason.LEASE_HELD);
        assertThat(calls.query(new TaskQuery.GetLease(NAMESPACE, "reports"))).contains(renewed);
        clock.advanceMillis(Tasks.LEASE_MILLIS);
        assertThat(calls.grant(Tasks.acquire("reports", "pod-2")).token()).isGreaterThan(2);
    }

    @Test
    void mirror_ofARequest_recognisesItWhenItComesAgain() {
        Outcome created = there.request("r1", Tasks.create("a"));
        List<StoredRecord> all = there.scanAll();

        assertThat(calls.mirror(1, all.toArray(StoredRecord[]::new))).isEqualTo(2);

        assertThat(calls.request("r1", Tasks.create("a")))
                .isEqualTo(new Outcome.Unchanged(((Outcome.Applied) created).task()));
        assertThat(calls.request("r1", Tasks.create("a", Tasks.spec().withPriority(1))))
                .isInstanceOf(Outcome.Rejected.class);
    }

    @Test
    void mirror_ofPartsOfAClaim_remembersThemTogether() {
        for (String id : List.of("a", "b", "c")) {
            there.apply(Tasks.create(id));
        }
        Verb.Claim claim = Tasks.claim("worker", 3);
        Outcome.Claimed claimed = (Outcome.Claimed) there.request("r1", claim);
        List<StoredRecord> records = new ArrayList<>(there.scanAll());
        RequestRecord whole = (RequestRecord) records.remove(records.size() - 1);

        calls.mirror(9, records.toArray(StoredRecord[]::new));
        for (RequestRecord.Touched touched : whole.touched()) {
            RequestRecord part = new RequestRecord(
                    "r1", whole.bodyHash(), whole.verbCode(), List.of(touched), 0, whole.forgetAtMillis());
            assertThat(calls.mirror(9, part)).isEqualTo(1);
            assertThat(calls.mirror(9, part)).isZero();
        }

        assertThat(((Outcome.Claimed) calls.request("r1", claim)).tasks())
                .containsExactlyInAnyOrderElementsOf(claimed.tasks());
    }

    /** A bit of everything, with time going on. */
    private static void work(StoreCalls calls, TestClock clock) {
        for (int i = 0; i < 40; i++) {
            String id = "task" + (i * 7 % 40);
            calls.request(
                    "create" + i,
                    Tasks.create(
                            id,
                            Tasks.spec()
                                    .withPriority(i % 3)
                                    .withQueue(i % 5 == 0 ? "sms" : Tasks.QUEUE)
                                    .withLabels(Map.of("zone", i % 2 == 0 ? "east" : "west"))
                                    .withRetentionMillis(50_000)));
            clock.advanceMillis(i % 4);
            if (i % 4 == 3) {
                Task task = calls.claimOne("worker" + i);
                long token = StoreCalls.token(task);
                switch (i % 3) {
                    case 0 -> calls.request("done" + i, Tasks.complete(task.id(), token));
                    case 1 -> calls.request("failed" + i, Tasks.fail(task.id(), token));
                    default -> {}
                }
            }
            if (i % 10 == 9) {
                calls.request("deleted" + i, Tasks.delete(id));
            }
        }
        calls.apply(Tasks.fanOut("parts", "n1", "n2"));
        calls.apply(Tasks.report("parts", "n1", TaskState.SUCCEEDED));
        calls.request("claim", Tasks.claim("last", 4));
        calls.grant(Tasks.acquire("reports", "pod-1"));
        LeaderLease lease = calls.grant(Tasks.acquire("mail", "pod-1"));
        calls.grant(new Verb.ReleaseLease("mail", lease.token()));
    }

    /** Everything, in commands of a few records, and mixed up: the order does not matter. */
    private static void copy(StoreCalls from, StoreCalls to) {
        List<ScanPage> pages = from.scan(7);
        long version = pages.get(0).cursor().versions().stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
        List<StoredRecord> records = new ArrayList<>();
        pages.forEach(page -> records.addAll(page.records()));
        Collections.shuffle(records, new Random(7));
        for (int begin = 0; begin < records.size(); begin += 9) {
            List<StoredRecord> some = records.subList(begin, Math.min(records.size(), begin + 9));
            assertThat(to.mirror(version, some.toArray(StoredRecord[]::new))).isPositive();
        }
        assertThat(unordered(to.scanAll())).isEqualTo(unordered(from.scanAll()));
    }

    /** With what requests have touched in one order: shards tell it in theirs. */
    private static List<StoredRecord> unordered(List<StoredRecord> records) {
        return records.stream()
                .map(record -> record instanceof RequestRecord request
                        ? new RequestRecord(
                                request.requestId(),
                                request.bodyHash(),
                                request.verbCode(),
                                request.touched().stream()
                                        .sorted(Comparator.comparing(RequestRecord.Touched::id))
                                        .toList(),
                                request.count(),
                                request.forgetAtMillis())
                        : record)
                .toList();
    }

    @Test
    void copy_ofAnotherStore_answersAsItDoes() {
        work(there, clock);

        copy(there, calls);

        assertSameAnswers();
    }

    @Test
    void copy_intoAnotherStore_answersAsThisOneDoes() {
        work(calls, clock);

        copy(calls, there);

        assertSameAnswers();
    }

    private void assertSameAnswers() {
        for (TaskFilter filter : List.of(
                TaskFilter.ALL,
                TaskFilter.ofStates(TaskState.ENQUEUED, TaskState.FAILED),
                new TaskFilter(Set.of(), Set.of("sms"), Set.of(), "", Map.of("zone", "east"), 0, Long.MAX_VALUE))) {
            assertThat(calls.list(filter, 100)).isEqualTo(there.list(filter, 100));
            assertThat(calls.query(new TaskQuery.Count(NAMESPACE, filter)))
                    .isEqualTo(there.query(new TaskQuery.Count(NAMESPACE, filter)));
        }
        for (String scope : List.of("reports", "mail", "none")) {
            TaskQuery.GetLease lease = new TaskQuery.GetLease(NAMESPACE, scope);
            assertThat(calls.query(lease)).isEqualTo(there.query(lease));
        }
        assertThat(((Outcome.Claimed) calls.request("claim", Tasks.claim("last", 4))).tasks())
                .hasSize(4)
                .containsExactlyInAnyOrderElementsOf(
                        ((Outcome.Claimed) there.request("claim", Tasks.claim("last", 4))).tasks());
        assertThat(calls.request("create3", Tasks.create("task21"))).isInstanceOf(Outcome.Rejected.class);
        clock.advanceMillis(100_000);
        assertSameWork();
    }

    /** What is due, taken back and deleted from here on; with several shards the order is only one within each. */
    private void assertSameWork() {
        assertThat(calls.sweep(1000)).isEqualTo(there.sweep(1000));
        List<String> here = new ArrayList<>();
        List<String> elsewhere = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            calls.claim(Tasks.claim("worker", 7)).tasks().forEach(task -> here.add(task.id()));
            there.claim(Tasks.claim("worker", 7)).tasks().forEach(task -> elsewhere.add(task.id()));
        }
        if (store.capabilities().shards() == 1) {
            assertThat(here).isEqualTo(elsewhere);
        } else {
            assertThat(here).containsExactlyInAnyOrderElementsOf(elsewhere);
        }
        assertThat(here).isNotEmpty();
        LeaderLease before =
                calls.query(new TaskQuery.GetLease(NAMESPACE, "reports")).orElseThrow();
        assertThat(calls.grant(Tasks.acquire("reports", "pod-2")).token()).isGreaterThan(before.version());
    }
}
