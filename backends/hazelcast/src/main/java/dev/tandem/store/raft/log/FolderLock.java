package dev.tandem.store.raft.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The right to a data folder: a lock of the operating system's, which goes when the process does, however that ends. */
final class FolderLock implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);
    private static final String NAME = "LOCK";

    /** The longest process id that is read for the message. */
    private static final int PID_BYTES_MAX = 20;

    /** On POSIX, closing any channel on a file gives up all of the process's locks on it: so know what this one holds. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private FolderLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock of {@code folder}, which is an absolute path without links.
     *
     * @throws DataFolderException if it is taken
     */
    static FolderLock take(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!HELD.add(file)) {
            throw new DataFolderException(
                    folder + " is already in use in this process; give each member a folder of its own");
        }
        boolean taken = false;
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                if (channel.tryLock() == null) {
                    throw new DataFolderException(folder + " is in use by another process" + pid(channel)
                            + "; stop that one, or give this member a folder of its own");
                }
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(
                        Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
                taken = true;
                return new FolderLock(file, channel);
            } finally {
                if (!taken) {
                    channel.close();
                }
            }
        } finally {
            if (!taken) {
                HELD.remove(file);
            }
        }
    }

    /**
     * Keeps members out of {@code folder}, an absolute path without links, while it is read. Changes nothing in it, and may be
     * held by several processes; a member that starts meanwhile is refused.
     *
     * @return null if there is nothing to take: no member has opened the folder since it was copied here, or the file system knows
     *     no locks
     * @throws DataFolderException if a member has the folder
     */
    static @Nullable FolderLock share(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.exists(file)) {
            return null;
        }
        if (!HELD.add(file)) {
            throw new DataFolderException(folder + " is in use in this process, or named twice");
        }
        FileChannel channel = null;
        boolean taken = false;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            if (!isShared(channel, folder)) {
                throw new DataFolderException(
                        folder + " is in use by another process" + pid(channel) + "; stop that member first");
            }
            taken = true;
            return new FolderLock(file, channel);
        } finally {
            if (!taken) {
                HELD.remove(file);
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    /** A lock that is shared needs no right to write. Whether nobody has it for itself, as far as can be known. */
    private static boolean isShared(FileChannel channel, Path folder) {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, true) != null;
        } catch (IOException e) {
            LOG.warn("{} can't be locked ({}): let no member use it while it is read", folder, e.getMessage());
            return true;
        }
    }

    private static String pid(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(PID_BYTES_MAX);
        channel.read(pid, 0);
        String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII);
        return text.isEmpty() || !text.chars().allMatch(Character::isDigit) ? "" : " (pid " + text + ")";
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HELD.remove(file);
        }
    }
}
