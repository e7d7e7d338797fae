package dev.tandem.backup;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads namespaces out of a store that goes on serving.
 *
 * <p>Of each namespace, all records are gone through page by page, while what changes is read from the store's changes;
 * then the changes are read to their end. What a file has when that succeeds:
 *
 * <ul>
 *   <li>every task as it was at the moment of the last page of changes, in each shard of the store: not an older record, none
 *       missing, none that had been deleted. That moment lies after the begin of the export, so nothing that was acknowledged before is missing.
 *       Shards and namespaces are each of a moment of their own;
 *   <li>every leader's lease and remembered request that was there all the time, each as it was at some moment before that. A request
 *       that the file has is one whose effect the file has, too; of those that were made meanwhile, it may have the effect
 *       without the request.
 * </ul>
 *
 * <p>Holds no view of the store open, and no more in memory than a page. Belongs to the context that it is called on, as do its
 * futures.
 */
public final class BackupExporter {
    private static final int NAMES_SHOWN_MAX = 10;

    private final Vertx vertx;
    private final Context context;
    private final TaskStore store;
    private final BackupSink sink;
    private final FrameWriter writer = new FrameWriter();
    private final List<NamespaceSummary> summaries = new ArrayList<>();

    private BackupExporter(Vertx vertx, TaskStore store, BackupSink sink) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.store = store;
        this.sink = sink;
    }

    /**
     * What to read, and what to write at the beginning.
     *
     * @param timeMillis the time now
     * @param version of this Tandem
     * @param source where the records come from, for people
     * @param namespaces which to read; empty for all
     */
    public record Request(long timeMillis, String version, String source, List<String> namespaces) {}

    /**
     * Writes a whole backup. Nothing is written before the store has answered.
     *
     * @return what it has; or a {@link dev.tandem.store.StoreException}, a {@link BackupException}, or what the sink failed with: then the
     *     bytes written so far are no backup
     */
    public static Future<BackupContents> export(Vertx vertx, TaskStore store, Request request, BackupSink sink) {
        return new BackupExporter(vertx, store, sink).run(request);
    }

    private Future<BackupContents> run(Request request) {
        return Retries.of(vertx, () -> store.query(new TaskQuery.Namespaces(), CallOptions.DEFAULT))
                .map(all -> chosen(
                        request.namespaces(),
                        all.stream()
                                .filter(name -> !Limits.isOwnNamespace(name))
                                .toList()))
                .compose(names -> sink.write(writer.header(
                                new Frame.Header(request.timeMillis(), request.version(), request.source(), names)))
                        .compose(written -> exportAll(names)))
                .compose(all -> sink.write(writer.trailer()))
                .map(written -> new BackupContents(
                        request.timeMillis(), request.version(), request.source(), List.copyOf(summaries)));
    }

    private static List<String> chosen(List<String> wanted, List<String> all) {
        for (String each : wanted) {
            if (!all.contains(each)) {
                throw new BackupException(
                        BackupException.Kind.NO_SUCH_NAMESPACE,
                        "nothing is kept in a namespace " + each + "; there "
                                + (all.isEmpty() ? "is none" : "are " + shown(all)));
            }
        }
        return wanted.isEmpty() ? List.copyOf(all) : wanted.stream().distinct().toList();
    }

    static String shown(List<String> names) {
        return names.stream().limit(NAMES_SHOWN_MAX).collect(Collectors.joining(", "))
                + (names.size() > NAMES_SHOWN_MAX ? " and " + (names.size() - NAMES_SHOWN_MAX) + " more" : "");
    }

    private Future<Void> exportAll(List<String> names) {
        Promise<Void> done = Promise.promise();
        exportFrom(names, 0, done);
        return done.future();
    }

    private void exportFrom(List<String> names, int at, Promise<Void> done) {
        if (at == names.size()) {
            done.complete();
            return;
        }
        new NamespaceExport(vertx, store, names.get(at), writer, sink)
                .run()
                .compose(summary -> {
                    summaries.add(summary);
                    return sink.write(writer.end(summary));
                })
                .onFailure(done::fail)
                .onSuccess(ended -> context.runOnContext(next -> exportFrom(names, at + 1, done)));
    }
}
