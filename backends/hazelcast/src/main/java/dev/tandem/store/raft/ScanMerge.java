package dev.tandem.store.raft;

import dev.tandem.store.Cursor;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One page of a scan out of the groups' pages. */
final class ScanMerge {
    private static final int SPARE_PART = 8;

    private ScanMerge() {}

    /** What each group is asked for: its share, and some more, as its records may lie closer than the others'. */
    static TaskQuery.Scan partOf(TaskQuery.Scan scan, int groups) {
        int share = (scan.limit() + groups - 1) / groups;
        return new TaskQuery.Scan(
                scan.namespace(), scan.after(), Math.min(scan.limit(), share + share / SPARE_PART + 1));
    }

    /** The records up to where each group has told all that it has, and as many as fit. */
    static ScanPage merge(TaskQuery.Scan scan, List<Object> pages) {
        if (pages.size() == 1) {
            return (ScanPage) pages.get(0);
        }
        RecordKind kind = scan.after() == null ? RecordKind.TASK : scan.after().kind();
        List<StoredRecord> all = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        ScanPosition told = null;
        long timeMillis = 0;
        for (Object each : pages) {
            ScanPage page = (ScanPage) each;
            all.addAll(page.records());
            versions.add(page.cursor().versions().get(0));
            unreadable.addAll(page.unreadable());
            timeMillis = Math.max(timeMillis, page.timeMillis());
            ScanPosition next = page.next();
            if (next != null && next.kind() == kind && (told == null || next.compareTo(told) < 0)) {
                told = next;
            }
        }
        all = sorted(all);
        int size = size(scan, all, told);
        ScanPosition next = size > 0 && size < all.size() ? all.get(size - 1).position() : told;
        return new ScanPage(
                List.copyOf(all.subList(0, size)),
                next == null ? ScanPosition.afterAll(kind) : next,
                new Cursor(List.copyOf(versions)),
                timeMillis,
                List.copyOf(unreadable));
    }

    /** In their order, and several groups' records of one request as one: a page must not end between them. */
    private static List<StoredRecord> sorted(List<StoredRecord> all) {
        all.sort(Comparator.comparing(StoredRecord::position));
        List<StoredRecord> found = new ArrayList<>(all.size());
        for (StoredRecord record : all) {
            int last = found.size() - 1;
            if (record instanceof RequestRecord request
                    && last >= 0
                    && found.get(last).position().equals(record.position())) {
                found.set(last, ((RequestRecord) found.get(last)).together(request));
            } else {
                found.add(record);
            }
        }
        return found;
    }

    private static int size(TaskQuery.Scan scan, List<StoredRecord> sorted, @Nullable ScanPosition told) {
        int size = 0;
        for (long bytes = 0; size < Math.min(scan.limit(), sorted.size()) && bytes < Limits.PAGE_BYTES_MAX; size++) {
            StoredRecord record = sorted.get(size);
            if (told != null && record.position().compareTo(told) > 0) {
                break;
            }
            bytes += record instanceof Task task ? task.contentBytes() : 0;
        }
        return size;
    }
}
