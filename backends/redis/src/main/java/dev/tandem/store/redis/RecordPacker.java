package dev.tandem.store.redis;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Part;
import dev.tandem.task.Progress;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Tombstone;
import java.nio.ByteBuffer;

/**
 * Records as the scripts write them, and {@link Records} reads them: for those that come from another store.
 *
 * <p>All methods throw {@link IllegalArgumentException} for a number or a time that has no room.
 */
final class RecordPacker {
    private RecordPacker() {}

    /** The field of a namespace's hash that the record goes to. */
    static String field(StoredRecord record) {
        return letter(record) + record.position().name();
    }

    private static char letter(StoredRecord record) {
        return switch (record.position().kind()) {
            case TASK, TOMBSTONE -> 't';
            case LEASE -> 'l';
            case REQUEST -> 'r';
        };
    }

    static byte[] pack(StoredRecord record) {
        if (record instanceof Task task) {
            return pack(task);
        } else if (record instanceof Tombstone tombstone) {
            return new PackWriter(32)
                    .array(3)
                    .number(Records.TOMBSTONE_1)
                    .number(tombstone.version())
                    .number(CommandPacker.time(tombstone.atMillis()))
                    .toArray();
        } else if (record instanceof LeaderLease lease) {
            return pack(lease);
        }
        return pack((RequestRecord) record);
    }

    private static byte[] pack(Task task) {
        PackWriter out = new PackWriter(192 + task.contentBytes());
        out.array(Records.TASK_VALUES).number(Records.TASK_1).number(task.version());
        out.number(task.state().code()).number(task.attempts());
        out.number(CommandPacker.time(task.createdAtMillis())).number(CommandPacker.time(task.updatedAtMillis()));
        out.number(CommandPacker.time(task.dueAtMillis())).number(CommandPacker.time(task.startedAtMillis()));
        out.number(CommandPacker.time(task.finishedAtMillis()));
        out.text(task.spec().queue())
                .text(task.spec().kind())
                .number(task.spec().priority());
        out.number(CommandPacker.time(task.spec().retentionMillis()));
        out.bytes(task.spec().payload().array()).bytes(task.result().array());
        if (task.spec().labels().isEmpty()) {
            out.bool(false);
        } else {
            CommandPacker.labels(out, task.spec().labels());
        }
        if (task.spec().retry().equals(RetryPolicy.DEFAULT)) {
            out.bool(false);
        } else {
            CommandPacker.retry(out, task.spec().retry());
        }
        TaskLease lease = task.lease();
        if (lease == null) {
            out.bool(false);
        } else {
            out.array(4).text(lease.workerId()).number(lease.token());
            out.number(CommandPacker.time(lease.expiresAtMillis())).number(CommandPacker.time(lease.durationMillis()));
        }
        CommandPacker.error(out, task.error());
        CommandPacker.progress(out, task.progress().equals(Progress.NONE) ? null : task.progress());
        parts(out, task);
        return out.toArray();
    }

    private static void parts(PackWriter out, Task task) {
        if (task.parts().isEmpty()) {
            out.bool(false);
            return;
        }
        out.array(task.parts().size() * Records.PART_VALUES);
        task.parts().forEach((node, part) -> part(out.text(node), part));
    }

    private static void part(PackWriter out, Part part) {
        out.text(part.localId()).number(part.state().code()).number(CommandPacker.time(part.updatedAtMillis()));
        TaskError error = part.error();
        if (error == null) {
            out.bool(false).bool(false);
        } else {
            out.text(error.code()).text(error.message());
        }
    }

    private static byte[] pack(LeaderLease lease) {
        PackWriter out = new PackWriter(96);
        out.array(7)
                .number(Records.LEASE_1)
                .text(lease.holder())
                .number(lease.token())
                .number(lease.version());
        out.number(CommandPacker.time(lease.acquiredAtMillis())).number(CommandPacker.time(lease.expiresAtMillis()));
        return out.number(CommandPacker.time(lease.durationMillis())).toArray();
    }

    private static byte[] pack(RequestRecord request) {
        PackWriter out = new PackWriter(96);
        byte[] hash =
                ByteBuffer.allocate(Long.BYTES).putLong(request.bodyHash()).array();
        out.array(6)
                .number(Records.REQUEST_1)
                .bytes(hash)
                .number(request.verbCode())
                .number(request.count());
        out.number(CommandPacker.time(request.forgetAtMillis()));
        out.array(request.touched().size() * 2);
        request.touched().forEach(each -> out.text(each.id()).number(each.version()));
        return out.toArray();
    }
}
