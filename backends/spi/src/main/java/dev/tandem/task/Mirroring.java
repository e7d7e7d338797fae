package dev.tandem.task;

/** Takes over the records of another store, each if it is newer than what there is. */
final class Mirroring {
    private Mirroring() {}

    static Outcome apply(TaskTable table, String namespace, Verb.Mirror mirror) {
        long last = table.nextVersion(namespace) - 1;
        long to = Math.max(last, mirror.version());
        long applied = 0;
        boolean isChanged = false;
        for (StoredRecord record : mirror.records()) {
            to = Math.max(to, record.version());
            if (put(table, namespace, record)) {
                applied++;
                RecordName name = RecordName.of(record);
                long version = record instanceof RequestRecord ? to : record.version();
                TaskMachine.wrote(table, namespace, name.kind(), name.name(), version);
                isChanged |= record instanceof Task || record instanceof Tombstone;
            }
        }
        if (isChanged && to == last) {
            // A reader of changes that has come to the end must be found out, too.
            to++;
        }
        if (to > last && table.gate(namespace).role() == Gate.Role.MIRROR) {
            table.skipTo(namespace, to);
        } else if (to > last) {
            table.restart(namespace, to);
        }
        return new Outcome.Mirrored(applied);
    }

    private static boolean put(TaskTable table, String namespace, StoredRecord record) {
        if (record instanceof LeaderLease lease) {
            LeaderLease now = table.lease(namespace, lease.scope());
            boolean isNewer = now == null || lease.version() > now.version();
            if (isNewer) {
                table.mirror(lease);
            }
            return isNewer;
        } else if (record instanceof RequestRecord request) {
            return put(table, namespace, request);
        }
        String id = record.position().name();
        Task now = table.task(namespace, id);
        Tombstone buried = now == null ? table.tombstone(namespace, id) : null;
        long version = now != null ? now.version() : buried != null ? buried.version() : 0;
        if (record.version() <= version) {
            return false;
        }
        if (record instanceof Task task) {
            table.mirror(now, task);
        } else {
            table.mirror(namespace, now, (Tombstone) record);
        }
        return true;
    }

    private static boolean put(TaskTable table, String namespace, RequestRecord request) {
        RequestRecord now = table.request(namespace, request.requestId());
        RequestRecord both = now == null ? request : now.together(request);
        if (both.equals(now)) {
            return false;
        }
        table.putRequest(namespace, both);
        return true;
    }
}
