package dev.tandem.store.raft.state;

import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskFilter;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Pages of all that a namespace holds. */
final class RecordScan {
    private RecordScan() {}

    static ScanPage page(Space space, @Nullable ScanPosition behind, int limit) {
        ScanPosition after = behind == null ? ScanPosition.begin(RecordKind.TASK) : behind;
        // One more than the page has, to know whether there are more.
        List<? extends StoredRecord> found = switch (after.kind()) {
            case TASK -> tasks(space, after, limit + 1);
            case TOMBSTONE -> tombstones(space, after, Long.MAX_VALUE, limit + 1);
            case LEASE -> leases(space, after);
            case REQUEST -> requests(space, after, limit + 1);
        };
        int size = 0;
        for (long bytes = 0; size < Math.min(limit, found.size()) && bytes < Limits.PAGE_BYTES_MAX; size++) {
            bytes += found.get(size) instanceof Task task ? task.contentBytes() : 0;
        }
        return new ScanPage(
                List.copyOf(found.subList(0, size)),
                size < found.size() ? found.get(size - 1).position() : ScanPosition.afterAll(after.kind()),
                new Cursor(List.of(space.lastVersion)),
                space.timeMillis,
                List.of());
    }

    private static List<Task> tasks(Space space, ScanPosition after, int limit) {
        ListPosition begin = after.name().isEmpty() ? null : new ListPosition(after.millis(), after.name());
        TaskScan scan = new TaskScan(space, TaskFilter.ALL, false, begin, limit);
        scan.step(Integer.MAX_VALUE);
        return scan.found();
    }

    /**
     * Deletions up to a time: so many, or a few more. They lie by time and id; those of one time are put in the order of
     * their versions here.
     */
    static List<Tombstone> tombstones(Space space, ScanPosition after, long untilMillis, int limit) {
        List<Tombstone> found = new ArrayList<>();
        List<Tombstone> sameTime = new ArrayList<>();
        OrderedNames.Walk walk = space.deletions.from(after.millis(), "");
        long time = after.millis();
        for (String id = walk.next(); id != null && walk.number() <= untilMillis; id = walk.next()) {
            if (walk.number() != time) {
                if (found.size() + sameTime.size() >= limit) {
                    break;
                }
                addSorted(found, sameTime);
                time = walk.number();
            }
            Tombstone tombstone = Objects.requireNonNull(space.tombstones.get(id), id);
            if (tombstone.position().compareTo(after) > 0) {
                sameTime.add(tombstone);
            }
        }
        addSorted(found, sameTime);
        return found;
    }

    private static void addSorted(List<Tombstone> found, List<Tombstone> sameTime) {
        sameTime.sort(Comparator.comparing(Tombstone::position));
        found.addAll(sameTime);
        sameTime.clear();
    }

    /** There are few, and they lie in no order: all of them that come behind. */
    private static List<LeaderLease> leases(Space space, ScanPosition after) {
        List<LeaderLease> found = new ArrayList<>();
        HashTrie.Walk<LeaderLease> walk = space.leases.all();
        for (LeaderLease lease = walk.next(); lease != null; lease = walk.next()) {
            if (lease.position().compareTo(after) > 0) {
                found.add(lease);
            }
        }
        found.sort(Comparator.comparing(LeaderLease::position));
        return found;
    }

    private static List<RequestRecord> requests(Space space, ScanPosition after, int limit) {
        List<RequestRecord> found = new ArrayList<>();
        // The least id that comes behind another is that one and the least letter.
        OrderedNames.Walk walk =
                space.requestEnds.from(after.millis(), after.name().isEmpty() ? "" : after.name() + '\0');
        for (String id = walk.next(); id != null && found.size() < limit; id = walk.next()) {
            found.add(Objects.requireNonNull(space.requests.get(id), id));
        }
        return found;
    }

    static OutboxPage outbox(Space space, int limit) {
        List<OutboxEntry> entries = new ArrayList<>();
        List<StoredRecord> records = new ArrayList<>();
        Outbox.Walk walk = space.outbox.all();
        OutboxEntry entry = walk.next();
        for (long bytes = 0; entry != null && entries.size() < limit && bytes < Limits.MIRROR_BYTES_MAX; ) {
            entries.add(entry);
            StoredRecord record = record(space, entry);
            if (record != null) {
                records.add(record);
                bytes += record instanceof Task task ? task.contentBytes() : 0;
            }
            entry = walk.next();
        }
        return new OutboxPage(
                List.copyOf(entries), List.copyOf(records), entry != null, space.lastVersion, space.timeMillis);
    }

    /** What there is of an entry's name now; null if there is nothing to tell. */
    private static @Nullable StoredRecord record(Space space, OutboxEntry entry) {
        String name = entry.name().name();
        return switch (entry.name().kind()) {
            case LEASE -> space.leases.get(name);
            case REQUEST -> space.requests.get(name);
            case TASK, TOMBSTONE -> {
                Task task = space.task(name);
                Tombstone tombstone = space.tombstones.get(name);
                yield task != null ? task : tombstone != null ? tombstone : new Tombstone(name, entry.version(), 0);
            }
        };
    }
}
