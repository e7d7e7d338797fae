package dev.tandem.store.raft.log;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says what an error of the disk's means, and what to do about it. */
final class DiskFailures {

    private DiskFailures() {}

    static DataFolderException explain(Path where, IOException e) {
        if (e instanceof DataFolderException already) {
            return already;
        }
        String text = text(e).toLowerCase(Locale.ROOT);
        if (text.contains("no space left") || text.contains("quota exceeded")) {
            return new DataFolderException(
                    "the disk of " + where + " is full. Make room and start this member again", e);
        }
        if (text.contains("read-only file system")) {
            return new DataFolderException(
                    where + " is on a file system that may only be read. Mount it for writing, or name another folder",
                    e);
        }
        if (e instanceof AccessDeniedException denied) {
            return new DataFolderException(
                    denied.getFile()
                            + " may not be read or written by this process. Give its user the right to, or name"
                            + " another folder",
                    e);
        }
        if (e instanceof NoSuchFileException missing) {
            return new DataFolderException(
                    missing.getFile() + " is gone. Nothing else may change files in " + where, e);
        }
        return new DataFolderException(where + " can't be read or written (" + text(e) + "). Check the disk", e);
    }

    private static String text(IOException e) {
        @Nullable String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }
}
