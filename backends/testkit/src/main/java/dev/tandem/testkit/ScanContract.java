package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.RecordKind;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A scan tells all that a namespace holds, in an order that all stores have in common. */
abstract class ScanContract extends ContractGroup {
    ScanContract(TaskStoreContract contract) {
        super(contract);
    }

    /** Some of each kind, at times that are mostly different. */
    private void fill() {
        for (int i = 0; i < 12; i++) {
            calls.request("request" + (20 - i), Tasks.create("task" + (20 - i)));
            if (i % 3 == 0) {
                clock.advanceMillis(7);
            }
        }
        for (int i = 0; i < 5; i++) {
            calls.delete("task" + (20 - 2 * i));
            clock.advanceMillis(i % 2);
        }
        calls.claimOne("worker");
        for (String scope : List.of("reports", "mail", "cleaning")) {
            calls.grant(Tasks.acquire(scope, "pod"));
        }
    }

    @Test
    void scan_pageByPage_tellsEveryRecordOnceAndInOrder() {
        fill();

        List<ScanPage> pages = calls.scan(3);

        assertThat(pages).allSatisfy(page -> {
            assertThat(page.records()).hasSizeLessThanOrEqualTo(3);
            assertThat(page.unreadable()).isEmpty();
            assertThat(page.cursor().versions()).hasSize(store.capabilities().shards());
            assertThat(page.records().stream().map(each -> each.position().kind()))
                    .as("kinds of one page")
                    .allMatch(kind -> kind == page.records().get(0).position().kind());
        });
        List<StoredRecord> all =
                pages.stream().flatMap(page -> page.records().stream()).toList();
        assertThat(all.stream().map(StoredRecord::position)).isSorted().doesNotHaveDuplicates();
        assertThat(all.stream()
                        .collect(Collectors.groupingBy(each -> each.position().kind(), Collectors.counting())))
                .isEqualTo(Map.of(
                        RecordKind.TASK, 7L, RecordKind.TOMBSTONE, 5L, RecordKind.LEASE, 3L, RecordKind.REQUEST, 12L));
        assertThat(all)
                .filteredOn(Task.class::isInstance)
                .allSatisfy(each -> assertThat(each).isEqualTo(calls.get(((Task) each).id())));
        assertThat(calls.scanAll()).isEqualTo(all);
    }

    @Test
    void scan_ofOneKind_beginsBeforeAllOfIt() {
        fill();

        ScanPage page = calls.query(new TaskQuery.Scan(NAMESPACE, ScanPosition.begin(RecordKind.LEASE), 10));

        assertThat(page.records().stream().map(each -> each.position().name()))
                .containsExactly("cleaning", "mail", "reports");
        assertThat(page.next()).isEqualTo(ScanPosition.begin(RecordKind.REQUEST));
    }

    @Test
    void scan_ofNothing_isEmpty() {
        assertThat(calls.scanAll()).isEmpty();
        assertThat(calls.in("other").scanAll()).isEmpty();

        calls.apply(Tasks.create("a"));

        assertThat(calls.in("other").scanAll()).isEmpty();
    }

    @Test
    void scan_ofLargeTasks_endsAPageByItsBytes() {
        int count = 2 * Limits.PAGE_BYTES_MAX / Limits.PAYLOAD_BYTES_DEFAULT;
        List<Task> tasks = calls.createLarge(count);

        List<ScanPage> pages = calls.scan(Limits.PAGE_SIZE_MAX);

        assertThat(pages.stream().flatMap(page -> page.records().stream())).containsExactlyElementsOf(tasks);
        assertThat(pages)
                .allSatisfy(page -> assertThat(page.records())
                        .hasSizeLessThanOrEqualTo(Limits.PAGE_BYTES_MAX / Limits.PAYLOAD_BYTES_DEFAULT + 1));
    }

    @Test
    void scan_whileTasksChange_withTheChangesSinceItsFirstPage_isAllThereIs() {
        for (int i = 10; i < 40; i++) {
            calls.apply(Tasks.create("task" + i));
            clock.advanceMillis(i % 3);
        }
        Map<String, StoredRecord> copy = new TreeMap<>();
        Cursor begin = null;
        ScanPosition after = null;
        int turn = 0;
        do {
            ScanPage page = calls.query(new TaskQuery.Scan(NAMESPACE, after, 4));
            begin = begin == null ? page.cursor() : begin;
            page.records().forEach(record -> takeNewer(copy, record));
            after = page.next();
            change(turn++);
        } while (after != null);
        follow(begin, copy);

        Map<String, StoredRecord> stored = new TreeMap<>();
        calls.scanAll().forEach(record -> takeNewer(stored, record));
        assertThat(copy).isEqualTo(stored);
    }

    /** Before, at and behind the place to which a scan of 30 tasks has come. */
    private void change(int turn) {
        clock.advanceMillis(1);
        calls.claimOne("worker");
        if (turn < 6) {
            calls.delete("task" + (10 + turn));
            calls.delete("task" + (39 - turn));
            calls.apply(Tasks.create("task" + (39 - turn)));
            calls.apply(Tasks.create("new" + turn));
        }
    }

    private void follow(Cursor from, Map<String, StoredRecord> copy) {
        ChangePage page;
        Cursor cursor = from;
        do {
            page = calls.query(new TaskQuery.Changes(NAMESPACE, cursor, 7));
            assertThat(page.isExpired()).isFalse();
            for (Change change : page.changes()) {
                Task task = change.task();
                takeNewer(
                        copy,
                        task != null
                                ? task
                                : new Tombstone(change.taskId(), change.version(), change.deletedAtMillis()));
            }
            cursor = page.next();
        } while (page.more());
    }

    private static void takeNewer(Map<String, StoredRecord> copy, StoredRecord record) {
        copy.merge(record.position().name(), record, (one, other) -> version(one) >= version(other) ? one : other);
    }

    private static long version(StoredRecord record) {
        return record instanceof Task task ? task.version() : ((Tombstone) record).version();
    }

    @Test
    void scan_cursorAndTime_areThoseOfThePage() {
        calls.apply(Tasks.create("a"));
        clock.advanceMillis(5);
        calls.apply(Tasks.update("a").priority(3).verb());

        ScanPage page = calls.query(new TaskQuery.Scan(NAMESPACE, null, 10));
        Cursor end = calls.query(new TaskQuery.Changes(NAMESPACE, null, 10)).next();

        assertThat(page.cursor()).isEqualTo(end);
        assertThat(page.timeMillis()).isEqualTo(clock.millis());
        assertThat(new ArrayList<>(page.records())).containsExactly(calls.get("a"));
    }
}
