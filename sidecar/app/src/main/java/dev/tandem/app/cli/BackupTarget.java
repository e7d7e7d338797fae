package dev.tandem.app.cli;

import dev.tandem.backup.BackupCheck;
import dev.tandem.backup.BackupContents;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Where an export writes: a file, which has its name only when it is whole and on disk, or stdout.
 *
 * <p>Until then the file is called {@code FILE.partial}; closed before, it is deleted.
 */
final class BackupTarget implements AutoCloseable {
    private static final String PARTIAL = ".partial";

    private final BackupCheck check = new BackupCheck();
    private final BackupProgress progress;
    private final @Nullable Path file;
    private final @Nullable FileChannel partial;
    private final PrintStream stdout;

    private BackupTarget(
            BackupProgress progress, @Nullable Path file, @Nullable FileChannel partial, PrintStream stdout) {
        this.progress = progress;
        this.file = file;
        this.partial = partial;
        this.stdout = stdout;
    }

    /**
     * Opens it.
     *
     * @param output a file's name, or - for stdout
     * @param isForced whether a file that is there is replaced, when the new one is whole
     * @throws BadInput if it can't be written
     */
    static BackupTarget open(String output, boolean isForced, Terminal terminal) {
        if (output.equals("-")) {
            if (terminal.isTerminal()) {
                throw new BadInput("--output -: a backup is not for a terminal; send it to a file or another program");
            }
            return new BackupTarget(new BackupProgress(terminal, false, ""), null, null, terminal.out());
        }
        try {
            Path file = Path.of(output).toAbsolutePath();
            if (!isForced && Files.exists(file)) {
                throw new BadInput("--output: " + output + " is there already; choose another name, or say --force");
            }
            FileChannel partial = FileChannel.open(
                    partial(file),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE);
            return new BackupTarget(new BackupProgress(terminal, true, "exported"), file, partial, terminal.out());
        } catch (IOException | InvalidPathException e) {
            throw new BadInput("--output: " + output + " can't be written (" + e + "); is its folder there?");
        }
    }

    private static Path partial(Path file) {
        return file.resolveSibling(file.getFileName() + PARTIAL);
    }

    boolean isStdout() {
        return file == null;
    }

    /**
     * Takes the next bytes.
     *
     * @throws dev.tandem.backup.BackupException if they can't be a backup's
     */
    void write(byte[] bytes, int length) throws IOException {
        check.take(bytes, 0, length);
        if (partial == null) {
            stdout.write(bytes, 0, length);
        } else {
            ByteBuffer left = ByteBuffer.wrap(bytes, 0, length);
            while (left.hasRemaining()) {
                partial.write(left);
            }
        }
        progress.add(length);
    }

    long bytes() {
        return progress.bytes();
    }

    /**
     * To be called when all bytes are written: has them on disk, under the file's name.
     *
     * @throws dev.tandem.backup.BackupException if they are no whole backup
     */
    BackupContents finish() throws IOException {
        BackupContents contents = check.end();
        if (file == null || partial == null) {
            if (stdout.checkError()) {
                throw new IOException("who read it is gone");
            }
            return contents;
        }
        partial.force(true);
        partial.close();
        Files.move(partial(file), file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(file.resolveSibling("."))) {
            folder.force(true);
        }
        return contents;
    }

    @Override
    public void close() throws IOException {
        progress.end();
        if (file != null && partial != null && partial.isOpen()) {
            partial.close();
            Files.deleteIfExists(partial(file));
        }
    }
}
