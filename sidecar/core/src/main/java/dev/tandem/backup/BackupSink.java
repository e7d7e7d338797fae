package dev.tandem.backup;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** Takes the bytes of a backup in their order, some at a time. */
@FunctionalInterface
public interface BackupSink {
    /**
     * Takes some bytes.
     *
     * @return completes when there is room for more; a failure ends the backup
     */
    Future<Void> write(Buffer bytes);
}
