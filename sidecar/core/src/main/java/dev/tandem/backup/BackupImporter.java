package dev.tandem.backup;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import dev.tandem.task.ScanPosition;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a backup into a store that goes on serving; the store keeps what it has that is newer.
 *
 * <p>Bytes are given one piece after the other, each when the one before has been taken. What they hold is checked as it comes: nothing that
 * is damaged is written, but what came before it has been. Doing it again does no harm, so one that broke off is just begun
 * anew, into what is there by then.
 *
 * <p>Before the first record of a namespace is written, its versions go on by {@link #RAISE} behind those of the backup: what has been given
 * out as an etag or a fencing token since the backup was made, and is lost with what it stood for, is not given out again. When the future of {@link #end}
 * succeeds, everything is as durable as the store makes what it acknowledges.
 *
 * <p>Belongs to the context that it is made on.
 */
public final class BackupImporter {
    /**
     * How far behind a backup's versions a namespace that was imported goes on. A version is spent on every change, so this is above all
     * that can have been lost: it lasts 11 days at a million changes a second, and years at what stores do. Stores count to 2^53, which is
     * 9000 times as much.
     */
    public static final long RAISE = 1_000_000_000_000L;

    private final Vertx vertx;
    private final Context context;
    private final TaskStore store;
    private final Set<String> wanted;
    private final boolean isIntoExisting;
    private final FrameReader reader = new FrameReader();
    private final List<ImportedNamespace> imported = new ArrayList<>();

    /** The namespace that is being written; null between namespaces, and in one that is left out. */
    private @Nullable NamespaceImport current;

    private boolean hasBegun;

    /**
     * @param wanted the namespaces to take; empty for all that the backup has
     * @param isIntoExisting whether namespaces that hold something may be written to
     */
    public BackupImporter(Vertx vertx, TaskStore store, Set<String> wanted, boolean isIntoExisting) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.store = store;
        this.wanted = Set.copyOf(wanted);
        this.isIntoExisting = isIntoExisting;
    }

    /**
     * Takes the next bytes.
     *
     * @return completes when more may be given; or fails with a {@link BackupException} or {@link dev.tandem.store.StoreException}, upon which
     *     none may be
     */
    public Future<Void> take(Buffer bytes) {
        byte[] array = bytes.getBytes();
        reader.feed(array, 0, array.length);
        Promise<Void> done = Promise.promise();
        takeFrames(done);
        return done.future();
    }

    /** What was taken over; to be called when there are no more bytes. Fails if that is too early. */
    public Future<List<ImportedNamespace>> end() {
        try {
            reader.end();
            return Future.succeededFuture(List.copyOf(imported));
        } catch (BackupException e) {
            return Future.failedFuture(e);
        }
    }

    /** Whether anything may have been written. */
    public boolean hasBegun() {
        return hasBegun;
    }

    private void takeFrames(Promise<Void> done) {
        try {
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                Future<Void> taken = take(frame);
                if (!taken.isComplete()) {
                    taken.onFailure(done::fail).onSuccess(next -> takeFrames(done));
                    return;
                } else if (taken.failed()) {
                    done.fail(taken.cause());
                    return;
                }
            }
            done.complete();
        } catch (BackupException e) {
            done.fail(e);
        }
    }

    private Future<Void> take(Frame frame) {
        if (frame instanceof Frame.Header header) {
            return check(header);
        } else if (frame instanceof Frame.Begin begin) {
            boolean isWanted = isWanted(begin.namespace());
            current = isWanted ? new NamespaceImport(vertx, store, begin) : null;
            hasBegun |= isWanted;
            return current == null ? Future.succeededFuture() : current.raise();
        } else if (frame instanceof Frame.Records some && current != null) {
            return current.take(some);
        } else if (frame instanceof Frame.End end && current != null) {
            NamespaceImport ended = current;
            current = null;
            return ended.end(end.summary()).map(imported::add).mapEmpty();
        }
        return Future.succeededFuture();
    }

    private boolean isWanted(String namespace) {
        return !Limits.isOwnNamespace(namespace) && (wanted.isEmpty() || wanted.contains(namespace));
    }

    /** All that can be refused is before anything is written. */
    private Future<Void> check(Frame.Header header) {
        Set<String> missing = new HashSet<>(wanted);
        header.namespaces().forEach(missing::remove);
        if (!missing.isEmpty()) {
            return Future.failedFuture(new BackupException(
                    BackupException.Kind.NO_SUCH_NAMESPACE,
                    "the backup has no namespace " + String.join(", ", missing) + "; it has "
                            + (header.namespaces().isEmpty() ? "none" : BackupExporter.shown(header.namespaces()))));
        }
        Promise<Void> done = Promise.promise();
        checkFrom(isIntoExisting ? List.of() : header.namespaces(), 0, done);
        return done.future();
    }

    private void checkFrom(List<String> names, int at, Promise<Void> done) {
        if (at == names.size()) {
            done.complete();
        } else if (!isWanted(names.get(at))) {
            checkFrom(names, at + 1, done);
        } else {
            holdsAnything(names.get(at), null).onFailure(done::fail).onSuccess(holds -> {
                if (holds) {
                    done.fail(notEmpty(names.get(at)));
                } else {
                    context.runOnContext(next -> checkFrom(names, at + 1, done));
                }
            });
        }
    }

    private Future<Boolean> holdsAnything(String name, @Nullable ScanPosition after) {
        return Retries.of(vertx, () -> store.query(new TaskQuery.Scan(name, after, 1), CallOptions.DEFAULT))
                .compose(page -> {
                    boolean holds =
                            !page.records().isEmpty() || !page.unreadable().isEmpty();
                    return holds || page.next() == null
                            ? Future.succeededFuture(holds)
                            : holdsAnything(name, Objects.requireNonNull(page.next()));
                });
    }

    private static BackupException notEmpty(String name) {
        return new BackupException(
                BackupException.Kind.NOT_EMPTY,
                "the namespace " + name
                        + " is not empty, so nothing was imported: say --into-existing to import into it,"
                        + " also after an import that broke off. What is newer there than in the backup stays");
    }
}
