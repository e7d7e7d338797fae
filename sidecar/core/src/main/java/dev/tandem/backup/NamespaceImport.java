package dev.tandem.backup;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskStore;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one namespace; see {@link BackupImporter}. Belongs to the context that it is made on. */
final class NamespaceImport {
    /** How many commands are under way at a time, and how many bytes they have, but for the last of them. */
    private static final int UNDER_WAY_MAX = 8;

    private static final int UNDER_WAY_BYTES_MAX = 2 * 1024 * 1024;

    private final Vertx vertx;
    private final TaskStore store;
    private final Frame.Begin begin;
    private long records;
    private long applied;
    private int underWay;
    private long underWayBytes;
    private @Nullable Throwable failure;

    /** Waits for commands to end, for room or for all of them; one at a time. */
    private @Nullable Promise<Void> waiting;

    private boolean waitsForAll;

    NamespaceImport(Vertx vertx, TaskStore store, Frame.Begin begin) {
        this.vertx = vertx;
        this.store = store;
        this.begin = begin;
    }

    /** Before any record: what is written while they come is newer than all of them. */
    Future<Void> raise() {
        return raise(begin.version(), begin.timeMillis()).mapEmpty();
    }

    /** Takes records; completes when there is room for more. */
    Future<Void> take(Frame.Records some) {
        for (StoredRecord record : some.records()) {
            if (!isOfNamespace(record)) {
                return Future.failedFuture(
                        BackupException.badFile("the backup has a record of another namespace within "
                                + begin.namespace() + ": take another one"));
            }
        }
        underWay++;
        underWayBytes += some.bytes();
        records += some.records().size();
        mirror(new Verb.Mirror(some.records(), 0), begin.timeMillis()).onComplete(ended -> {
            underWay--;
            underWayBytes -= some.bytes();
            if (ended.succeeded()) {
                applied += ended.result();
            } else if (failure == null) {
                failure = ended.cause();
            }
            goOn();
        });
        return waitFor(false);
    }

    /** To be called when all records have been given; completes when the store has taken them. */
    Future<ImportedNamespace> end(NamespaceSummary summary) {
        return waitFor(true)
                .compose(all -> raise(summary.version(), summary.timeMillis()))
                .map(raisedTo -> new ImportedNamespace(begin.namespace(), records, applied, raisedTo));
    }

    private boolean isOfNamespace(StoredRecord record) {
        String namespace = record instanceof Task task
                ? task.namespace()
                : record instanceof LeaderLease lease ? lease.namespace() : begin.namespace();
        return namespace.equals(begin.namespace());
    }

    private Future<Long> raise(long version, long timeMillis) {
        long to = version + BackupImporter.RAISE;
        return mirror(new Verb.Mirror(List.of(), to), timeMillis).map(to);
    }

    private Future<Long> mirror(Verb.Mirror mirror, long timeMillis) {
        TaskCommand command = TaskCommand.of(begin.namespace(), timeMillis, mirror);
        return Retries.of(vertx, () -> store.execute(command, CallOptions.DEFAULT))
                .map(outcome -> ((Outcome.Mirrored) outcome).applied());
    }

    private Future<Void> waitFor(boolean all) {
        Promise<Void> promise = Promise.promise();
        waiting = promise;
        waitsForAll = all;
        goOn();
        return promise.future();
    }

    private void goOn() {
        Promise<Void> promise = waiting;
        boolean isOver = waitsForAll ? underWay == 0 : underWay < UNDER_WAY_MAX && underWayBytes < UNDER_WAY_BYTES_MAX;
        if (promise != null && isOver) {
            waiting = null;
            if (failure == null) {
                promise.complete();
            } else {
                promise.fail(failure);
            }
        }
    }
}
