package dev.tandem.backup;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one namespace; see {@link BackupExporter}. Belongs to the context that it is made on. */
final class NamespaceExport {
    /** How many records are asked for at a time. */
    private static final int PAGE_SIZE = 500;

    /** How many pages of changes are read after the scan before it is given up: more than are made in hours, if they can be read at all. */
    private static final int LAST_PAGES_MAX = 100_000;

    private final Vertx vertx;
    private final Context context;
    private final TaskStore store;
    private final String namespace;
    private final FrameWriter writer;
    private final BackupSink sink;
    private final Promise<NamespaceSummary> done = Promise.promise();
    private final List<String> unreadable = new ArrayList<>();
    private @Nullable Cursor cursor;
    private long timeMillis;
    private long tasks;
    private long tombstones;
    private long leases;
    private long requests;
    private long changes;
    private int lastPages;

    NamespaceExport(Vertx vertx, TaskStore store, String namespace, FrameWriter writer, BackupSink sink) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.store = store;
        this.namespace = namespace;
        this.writer = writer;
        this.sink = sink;
    }

    Future<NamespaceSummary> run() {
        scan(null);
        return done.future();
    }

    private void scan(@Nullable ScanPosition after) {
        query(new TaskQuery.Scan(namespace, after, PAGE_SIZE))
                .compose(page -> write(page).map(page))
                .onFailure(done::fail)
                .onSuccess(page -> {
                    if (page.next() == null) {
                        context.runOnContext(next -> followToTheEnd());
                    } else {
                        // Now and again, lest changes are forgotten before the scan has come to its end.
                        follow().onFailure(done::fail)
                                .onSuccess(followed -> context.runOnContext(next -> scan(page.next())));
                    }
                });
    }

    private <R> Future<R> query(TaskQuery<R> query) {
        return Retries.of(vertx, () -> store.query(query, CallOptions.DEFAULT));
    }

    private Future<Void> write(ScanPage page) {
        timeMillis = Math.max(timeMillis, page.timeMillis());
        Future<Void> begun = Future.succeededFuture();
        if (cursor == null) {
            cursor = page.cursor();
            begun = sink.write(writer.begin(new Frame.Begin(namespace, highest(page.cursor()), page.timeMillis())));
        }
        page.unreadable().stream()
                .limit(NamespaceSummary.UNREADABLE_MAX - unreadable.size())
                .forEach(unreadable::add);
        for (StoredRecord record : page.records()) {
            if (record instanceof Task) {
                tasks++;
            } else if (record instanceof Tombstone) {
                tombstones++;
            } else if (record instanceof LeaderLease) {
                leases++;
            } else {
                requests++;
            }
        }
        return begun.compose(written -> write(page.records(), 0));
    }

    private void followToTheEnd() {
        follow().onFailure(done::fail).onSuccess(more -> {
            if (!more) {
                done.complete(summary());
            } else if (++lastPages == LAST_PAGES_MAX) {
                done.fail(lost("changes faster than it can be read"));
            } else {
                context.runOnContext(next -> followToTheEnd());
            }
        });
    }

    /** Reads one page of changes; says whether there are more. */
    private Future<Boolean> follow() {
        return query(new TaskQuery.Changes(namespace, cursor, PAGE_SIZE))
                .compose(page -> page.isExpired()
                        ? Future.failedFuture(
                                lost("changed faster than its changes are kept, or was written to by an import,"))
                        : write(records(page), 0).map(written -> page.more()));
    }

    private BackupException lost(String why) {
        return new BackupException(
                BackupException.Kind.CHANGES_LOST,
                "the namespace " + namespace + " " + why
                        + " while it was backed up: try again when there is less to do");
    }

    private List<StoredRecord> records(ChangePage page) {
        cursor = page.next();
        List<StoredRecord> records = new ArrayList<>(page.changes().size());
        for (Change change : page.changes()) {
            Task task = change.task();
            records.add(
                    task != null ? task : new Tombstone(change.taskId(), change.version(), change.deletedAtMillis()));
            timeMillis = Math.max(timeMillis, task != null ? task.updatedAtMillis() : change.deletedAtMillis());
        }
        changes += records.size();
        return records;
    }

    private Future<Void> write(List<StoredRecord> records, int from) {
        if (from == records.size()) {
            return Future.succeededFuture();
        }
        FrameWriter.Piece piece = writer.records(records, from);
        return sink.write(piece.frame()).compose(written -> write(records, piece.next()));
    }

    private NamespaceSummary summary() {
        long version = cursor == null ? 0 : highest(cursor);
        return new NamespaceSummary(
                namespace, version, timeMillis, tasks, tombstones, leases, requests, changes, List.copyOf(unreadable));
    }

    private static long highest(Cursor cursor) {
        return cursor.versions().stream().mapToLong(Long::longValue).max().orElse(0);
    }
}
