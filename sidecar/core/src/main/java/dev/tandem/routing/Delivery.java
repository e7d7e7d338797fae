package dev.tandem.routing;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordName;
import dev.tandem.task.RequestKey;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record for a mirror.
 *
 * @param entry what is taken out of the authority's outbox when the mirror has it
 */
record Delivery(StoredRecord record, OutboxEntry entry) {
    /** Of a record that has a version of its own. */
    static Delivery of(StoredRecord record) {
        return new Delivery(record, new OutboxEntry(RecordName.of(record), record.version()));
    }

    /**
     * What a command's outcome shows, and what is to be remembered of its request.
     *
     * @return null if the outcome shows less than there may be to know: then it takes a look into the outbox
     */
    static @Nullable List<Delivery> of(TaskCommand command, Outcome outcome) {
        List<? extends StoredRecord> shown = shown(command, outcome);
        if (shown == null) {
            return null;
        }
        List<Delivery> deliveries = new ArrayList<>(shown.size() + 1);
        shown.forEach(record -> deliveries.add(of(record)));
        RequestKey request = command.request();
        RequestRecord remembered = request == null || !outcome.succeeded()
                ? null
                : RequestRecord.of(request, command.verb(), outcome, command.atMillis());
        if (remembered != null) {
            // As the authority has it, or, of a repeated request, for longer than that.
            deliveries.add(new Delivery(remembered, new OutboxEntry(RecordName.of(remembered), version(deliveries))));
        }
        return deliveries;
    }

    private static @Nullable List<? extends StoredRecord> shown(TaskCommand command, Outcome outcome) {
        if (outcome instanceof Outcome.Applied applied) {
            return List.of(applied.task());
        } else if (outcome instanceof Outcome.Unchanged unchanged) {
            return List.of(unchanged.task());
        } else if (outcome instanceof Outcome.Deleted deleted) {
            return List.of(new Tombstone(deleted.taskId(), deleted.version(), command.atMillis()));
        } else if (outcome instanceof Outcome.Claimed claimed) {
            return claimed.tasks();
        } else if (outcome instanceof Outcome.Granted granted) {
            return List.of(granted.lease());
        } else if (outcome instanceof Outcome.Rejected rejected) {
            Task task = rejected.task();
            LeaderLease lease = rejected.lease();
            return task != null ? List.of(task) : lease != null ? List.of(lease) : null;
        }
        return command.verb() instanceof Verb.Sweep ? List.of() : null;
    }

    /** The highest version among them; 0 for none. */
    static long version(List<Delivery> deliveries) {
        return deliveries.stream()
                .mapToLong(delivery -> delivery.record().version())
                .max()
                .orElse(0);
    }

    /** How many of them, from the first one on, one command takes. */
    static int batch(List<Delivery> deliveries) {
        int size = 0;
        for (long bytes = 0;
                size < Math.min(deliveries.size(), Limits.MIRROR_MAX) && bytes < Limits.MIRROR_BYTES_MAX;
                size++) {
            bytes += deliveries.get(size).record() instanceof Task task ? task.contentBytes() : 0;
        }
        return size;
    }

    /** The command that hands them over. */
    static TaskCommand command(String namespace, long atMillis, List<Delivery> deliveries) {
        List<StoredRecord> records = deliveries.stream().map(Delivery::record).toList();
        return TaskCommand.of(namespace, atMillis, new Verb.Mirror(records, version(deliveries)));
    }

    static List<OutboxEntry> entries(List<Delivery> deliveries) {
        return deliveries.stream().map(Delivery::entry).toList();
    }
}
