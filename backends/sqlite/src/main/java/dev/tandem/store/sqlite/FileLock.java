package dev.tandem.store.sqlite;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to a database file, held for as long as its store is open: a lock of the operating system's on a file
 * beside it, which goes when the process does, however that ends.
 *
 * <p>Without it, two stores on one file would each trust counters in their own memory.
 */
final class FileLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileLock.class);

    /** The longest process id that is read for the message. */
    private static final int PID_BYTES_MAX = 20;

    /**
     * What this process has locked. It has to be known before the lock's file is opened again: on POSIX, closing any
     * channel on a file gives up all of the process's locks on it.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path lockFile;
    private final FileChannel channel;

    private FileLock(Path lockFile, FileChannel channel) {
        this.lockFile = lockFile;
        this.channel = channel;
    }

    /**
     * Takes the lock of {@code file}, which is an absolute path without links.
     *
     * @throws StoreException if it is taken, or can't be
     */
    static FileLock take(Path file) {
        Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
        if (!HELD.add(lockFile)) {
            throw refused(file + " is already open in this process; give each store a file of its own", null);
        }
        boolean taken = false;
        try {
            FileChannel channel = FileChannel.open(
                    lockFile, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                if (channel.tryLock() == null) {
                    throw refused(
                            file + " is in use by another process" + pid(channel)
                                    + "; stop that one, or give this one a file of its own",
                            null);
                }
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(
                        Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
                taken = true;
                return new FileLock(lockFile, channel);
            } finally {
                if (!taken) {
                    channel.close();
                }
            }
        } catch (AccessDeniedException e) {
            throw refused(
                    "the folder " + file.getParent() + " can't be written to; give this process write access to it,"
                            + " or name a file in another folder",
                    e);
        } catch (IOException e) {
            throw refused("can't lock " + lockFile + " (" + e.getMessage() + "); check the disk and its free space", e);
        } finally {
            if (!taken) {
                HELD.remove(lockFile);
            }
        }
    }

    private static String pid(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(PID_BYTES_MAX);
        channel.read(pid, 0);
        String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII);
        return text.isEmpty() || !text.chars().allMatch(Character::isDigit) ? "" : " (pid " + text + ")";
    }

    private static StoreException refused(String sentence, @Nullable Throwable cause) {
        return new StoreException(FailureKind.NOT_APPLIED, sentence, cause);
    }

    /** Gives the lock up. The file stays: to delete it could take it from under somebody who waits for it. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.warn("{} could not be closed ({}); its lock ends with this process", lockFile, e.getMessage());
        } finally {
            HELD.remove(lockFile);
        }
    }
}
