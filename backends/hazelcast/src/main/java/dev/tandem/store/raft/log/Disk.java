package dev.tandem.store.raft.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The few things that are done to files here, so that tests can cut the power between any two of them. */
interface Disk {

    /** The names in a folder, sorted. */
    List<String> list(Path folder) throws IOException;

    boolean exists(Path path) throws IOException;

    /** Makes one folder, whose parent exists. */
    void makeFolder(Path folder) throws IOException;

    /** A new file, empty. Its name is durable after {@link #syncFolder}. */
    Appender create(Path file) throws IOException;

    /** The file from {@code length} on; what it held beyond is cut off. */
    Appender appendFrom(Path file, long length) throws IOException;

    Reader read(Path file) throws IOException;

    /** Puts {@code from} into the place of {@code to}, in one step. */
    void rename(Path from, Path to) throws IOException;

    void delete(Path file) throws IOException;

    /** Returns when the names in {@code folder} are durable as they are now. */
    void syncFolder(Path folder) throws IOException;

    /** A file that is being written, by one thread. */
    interface Appender extends Closeable {
        /** Appends all that remains in {@code bytes}. */
        void write(ByteBuffer bytes) throws IOException;

        /** Returns when all that was written is durable. Failed once, nothing may be assumed of the file any more. */
        void force() throws IOException;

        long length();
    }

    /** A file that is being read, by one thread. */
    interface Reader extends Closeable {
        long length();

        /** Fills {@code into} from {@code position} on, as far as the file goes. */
        void read(ByteBuffer into, long position) throws IOException;
    }
}
