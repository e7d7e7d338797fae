package dev.tandem.app.sidecar;

import dev.tandem.backup.BackupImporter;
import dev.tandem.backup.ImportedNamespace;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives an importer what a client sends, as fast as it is taken. */
final class BackupUpload {
    private final HttpServerRequest request;
    private final BackupImporter importer;
    private final Promise<List<ImportedNamespace>> done = Promise.promise();
    private @Nullable Throwable failure;

    private BackupUpload(HttpServerRequest request, BackupImporter importer) {
        this.request = request;
        this.importer = importer;
    }

    /**
     * Reads the body to its end, also what comes after a failure: clients look for an answer when they have sent everything.
     *
     * @return what was imported; fails as the importer, or when the client is gone
     */
    static Future<List<ImportedNamespace>> read(HttpServerRequest request, BackupImporter importer) {
        BackupUpload upload = new BackupUpload(request, importer);
        request.handler(upload::take)
                .endHandler(ended -> upload.end())
                .exceptionHandler(gone -> upload.done.tryFail(gone));
        return upload.done.future();
    }

    private void take(Buffer bytes) {
        if (failure != null) {
            return;
        }
        request.pause();
        importer.take(bytes).onComplete(taken -> {
            failure = taken.cause();
            request.resume();
        });
    }

    private void end() {
        if (failure == null) {
            importer.end().onComplete(done);
        } else {
            done.tryFail(failure);
        }
    }
}
