package dev.tandem.app.cli;

import dev.tandem.backup.BackupCheck;
import dev.tandem.backup.BackupContents;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where a backup is read from: a file, or stdin, which can be read once only. */
record BackupSource(String name, InputStream stdin) {
    private static final int PIECE_BYTES = 64 * 1024;

    boolean isStdin() {
        return name.equals("-");
    }

    /** @throws BadInput if it can't be read */
    InputStream open() {
        if (isStdin()) {
            return stdin;
        }
        try {
            return Files.newInputStream(Path.of(name));
        } catch (IOException | InvalidPathException e) {
            throw new BadInput("the file " + name + " can't be read; is it there?");
        }
    }

    /** The same, and shows how far it has been read. */
    InputStream open(BackupProgress progress) {
        return new FilterInputStream(open()) {
            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                int read = super.read(bytes, from, length);
                progress.add(Math.max(read, 0));
                return read;
            }
        };
    }

    /**
     * Reads it to its end.
     *
     * @throws dev.tandem.backup.BackupException if it is not whole
     */
    BackupContents check(BackupProgress progress) throws IOException {
        BackupCheck check = new BackupCheck();
        try (InputStream in = open(progress)) {
            byte[] piece = new byte[PIECE_BYTES];
            for (int length = in.read(piece, 0, piece.length); length >= 0; length = in.read(piece, 0, piece.length)) {
                check.take(piece, 0, length);
            }
        } finally {
            progress.end();
        }
        return check.end();
    }
}
