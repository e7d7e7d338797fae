package dev.tandem.backup;

import dev.tandem.store.TaskStore;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Exports to bytes and imports of them, on a context of its own. */
final class BackupCalls {
    static final long TIME_MILLIS = 1_767_225_612_345L;

    /** That fits no frame. */
    private static final int PIECE_BYTES = 777;

    private final Vertx vertx;
    private final Context context;

    BackupCalls(Vertx vertx) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
    }

    byte[] export(TaskStore store, String... namespaces) {
        return export(store, () -> {}, namespaces);
    }

    /** @param meanwhile is run whenever bytes are written */
    byte[] export(TaskStore store, Runnable meanwhile, String... namespaces) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        BackupContents told = exportTo(
                store,
                bytes -> {
                    file.writeBytes(bytes.getBytes());
                    meanwhile.run();
                    return Future.succeededFuture();
                },
                namespaces);
        if (!told.equals(check(file.toByteArray()))) {
            throw new AssertionError("told of another file than the one that was written: " + told);
        }
        return file.toByteArray();
    }

    BackupContents exportTo(TaskStore store, BackupSink sink, String... namespaces) {
        BackupExporter.Request request =
                new BackupExporter.Request(TIME_MILLIS, "1.2.3", "a test", List.of(namespaces));
        return on(() -> BackupExporter.export(vertx, store, request, sink));
    }

    /** Returns when the context has done all that it had to do up to now, and what that has led to. */
    void turn() {
        for (int i = 0; i < 100; i++) {
            on(Future::succeededFuture);
        }
    }

    /** What a whole file has. */
    static BackupContents check(byte[] file) {
        BackupCheck check = new BackupCheck();
        for (int from = 0; from < file.length; from += PIECE_BYTES) {
            check.take(file, from, Math.min(PIECE_BYTES, file.length - from));
        }
        return check.end();
    }

    List<ImportedNamespace> restore(byte[] file, TaskStore into) {
        return restore(file, into, Set.of(), false);
    }

    List<ImportedNamespace> restore(byte[] file, TaskStore into, Set<String> wanted, boolean isIntoExisting) {
        return on(() -> {
            BackupImporter importer = new BackupImporter(vertx, into, wanted, isIntoExisting);
            Promise<Void> taken = Promise.promise();
            take(importer, file, 0, taken);
            return taken.future().compose(all -> importer.end());
        });
    }

    private void take(BackupImporter importer, byte[] file, int from, Promise<Void> done) {
        int to = Math.min(from + PIECE_BYTES, file.length);
        if (from == file.length) {
            done.complete();
            return;
        }
        importer.take(Buffer.buffer(to - from).appendBytes(file, from, to - from))
                .onFailure(done::fail)
                .onSuccess(taken -> context.runOnContext(next -> take(importer, file, to, done)));
    }

    /** Fails as the future does. */
    private <T> T on(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(go -> call.get().onComplete(promise));
        try {
            return promise.future()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(StoreCalls.WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
