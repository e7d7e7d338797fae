package dev.tandem.store.sqlite;

import dev.tandem.task.Limits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Where a {@link SqliteTaskStore} keeps its file, what it promises and what it may take.
 *
 * @param file the database; made if it is missing, in a folder that exists. Beside it stand {@code -wal}, {@code -shm}
 *     and {@code .lock} files of the same name
 * @param synchronous when an acknowledged command is on the disk
 * @param writeQueueMax the most commands that wait for the writer; one more is refused as OVERLOADED
 * @param writeQueueBytesMax the most bytes of payloads and texts that wait for the writer, roughly counted
 * @param batchMax the most commands that are committed together
 * @param readQueueMax the most lookups that wait, and the most other queries
 * @param scanReaders how many lists and counts are read at once; lookups by id and watches each have a reader of their own
 * @param tombstoneKeep how long a deletion is remembered for those that watch
 * @param cacheKib the most memory for pages of the file in the writer's cache; each reader has a quarter of it
 * @param busyTimeout how long to wait if another process locks the file, before the call fails as NOT_APPLIED
 * @param closeTimeout how long closing goes on with the commands that wait, before they fail as NOT_APPLIED
 */
public record SqliteOptions(
        Path file,
        Synchronous synchronous,
        int writeQueueMax,
        long writeQueueBytesMax,
        int batchMax,
        int readQueueMax,
        int scanReaders,
        Duration tombstoneKeep,
        int cacheKib,
        Duration busyTimeout,
        Duration closeTimeout) {

    /** What has happened to a command when it is acknowledged; SQLite's setting of the same name. */
    public enum Synchronous {
        /** It is on the disk. */
        FULL,
        /** It survives the process; the last commands may be lost with the power. */
        NORMAL,
        /** It survives the process; the file may be damaged if the power goes. */
        OFF
    }

    public SqliteOptions {
        atLeastOne("writeQueueMax", writeQueueMax);
        atLeastOne("writeQueueBytesMax", writeQueueBytesMax);
        atLeastOne("batchMax", batchMax);
        atLeastOne("readQueueMax", readQueueMax);
        atLeastOne("scanReaders", scanReaders);
        atLeastOne("cacheKib", cacheKib);
    }

    /** The defaults, for this file. */
    public static SqliteOptions of(Path file) {
        return new SqliteOptions(
                file,
                Synchronous.FULL,
                8_192,
                16L * 1024 * 1024,
                512,
                8_192,
                1,
                Duration.ofMillis(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT),
                8 * 1024,
                Duration.ofSeconds(2),
                Duration.ofSeconds(10));
    }

    SqliteOptions withFile(Path file) {
        return with(draft -> draft.file = file);
    }

    public SqliteOptions withSynchronous(Synchronous synchronous) {
        return with(draft -> draft.synchronous = synchronous);
    }

    public SqliteOptions withWriteQueue(int writeQueueMax, long writeQueueBytesMax) {
        return with(draft -> {
            draft.writeQueueMax = writeQueueMax;
            draft.writeQueueBytesMax = writeQueueBytesMax;
        });
    }

    public SqliteOptions withBatchMax(int batchMax) {
        return with(draft -> draft.batchMax = batchMax);
    }

    public SqliteOptions withReads(int readQueueMax, int scanReaders) {
        return with(draft -> {
            draft.readQueueMax = readQueueMax;
            draft.scanReaders = scanReaders;
        });
    }

    public SqliteOptions withTombstoneKeep(Duration tombstoneKeep) {
        return with(draft -> draft.tombstoneKeep = tombstoneKeep);
    }

    public SqliteOptions withCacheKib(int cacheKib) {
        return with(draft -> draft.cacheKib = cacheKib);
    }

    public SqliteOptions withTimeouts(Duration busyTimeout, Duration closeTimeout) {
        return with(draft -> {
            draft.busyTimeout = busyTimeout;
            draft.closeTimeout = closeTimeout;
        });
    }

    private SqliteOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** The same, for as long as it is being changed. */
    private static final class Draft {
        private Path file;
        private Synchronous synchronous;
        private int writeQueueMax;
        private long writeQueueBytesMax;
        private int batchMax;
        private int readQueueMax;
        private int scanReaders;
        private Duration tombstoneKeep;
        private int cacheKib;
        private Duration busyTimeout;
        private Duration closeTimeout;

        Draft(SqliteOptions from) {
            file = from.file;
            synchronous = from.synchronous;
            writeQueueMax = from.writeQueueMax;
            writeQueueBytesMax = from.writeQueueBytesMax;
            batchMax = from.batchMax;
            readQueueMax = from.readQueueMax;
            scanReaders = from.scanReaders;
            tombstoneKeep = from.tombstoneKeep;
            cacheKib = from.cacheKib;
            busyTimeout = from.busyTimeout;
            closeTimeout = from.closeTimeout;
        }

        SqliteOptions options() {
            return new SqliteOptions(
                    file,
                    synchronous,
                    writeQueueMax,
                    writeQueueBytesMax,
                    batchMax,
                    readQueueMax,
                    scanReaders,
                    tombstoneKeep,
                    cacheKib,
                    busyTimeout,
                    closeTimeout);
        }
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
